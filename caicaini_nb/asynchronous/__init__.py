"""Calls from an event loop: the same core as the plain client, the waiting done by `await`.

transport           what an exchange is
choice_of_transport which HTTP library makes it
by_aiohttp          connections by aiohttp, where the extra [bulk] has brought it: the fastest measured
by_httpx            connections by httpx, which is always here
call, exchange      one operation with its attempts; a plain answer
event_loop          the loop that a job runs on
row_group           the ledger's rows of calls that are ready together, in one commit
stream, chat        an answer as it comes; a conversation
bridge              what is written for a plain client, run beside the loop
"""

__all__: list[str] = []
