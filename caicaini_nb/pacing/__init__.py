"""When the next call may go out, so that a key's limits are used up and never passed.

tiers       the documented limits of each tier
window      one minute of one key: what was used of it, and when it ends at the latest. Pure
store       where that is kept: in a file that all kernels share, or in memory
clock       real time, or a sandbox's that waiting moves forward
pacer       waits for a turn
"""

__all__: list[str] = []
