"""What a call may cost before it is made.

budget      a ceiling that is kept before each attempt
bound       the most tokens a body can be; rates, what a token has cost so far; amount, credits or CNY
preview     the request that would be posted, and what it could cost
"""

__all__: list[str] = []
