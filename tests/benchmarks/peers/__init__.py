"""What a user would pick instead, each in an environment of its own that a lock pins by hash.

clients                     openai, anthropic, langchain-openai, httpx, httpx2, aiohttp
claudette                   with the anthropic that it works with
jupyter-ai-magics           a kernel with `%%ai` as JupyterLab users know it
jupyter-ai-magic-commands   its successor, over LiteLLM
sqlite-utils                what many keep rows with
"""

__all__: list[str] = []
