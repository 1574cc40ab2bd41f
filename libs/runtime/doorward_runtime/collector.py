"""Garbage collections that hold nobody up."""

import gc


def spare_the_collector() -> None:
    """Let garbage collections of this process leave alone what is loaded by now, and come less often.

    A request leaves no cycles behind, and each collection of everything would hold up every request that waits.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
