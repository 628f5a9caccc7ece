"""What holds for every test."""

from bot.privacy import log

# A line that the allow-list refuses is an error here, not a `log_refused`.
log.strict()
