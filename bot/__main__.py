"""Entry point of the command ``lucht``."""

from bot.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
