"""`make bench`: what the design promises about speed, measured on this machine."""

import sys

from benchmarks import telegram

if __name__ == "__main__":
    sys.exit(telegram.main())
