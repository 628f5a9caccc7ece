"""Babel extractor for conversation files."""
