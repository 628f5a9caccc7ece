"""The command ``lucht``."""


def main() -> int:
    """Run one verb; return the exit status."""
    return 0
