"""The dialogue engine: pure, immutable, without a clock.

Rules of what may live in this package:

* no async, no I/O, no randomness, no logging; ``now`` is an argument;
* content arrives whole, as one immutable :class:`~bot.engine.model.Release`;
* a turn *describes* what is to be said (keys, never text) and never says it;
* an illegal move changes nothing and is answered kindly.
"""
