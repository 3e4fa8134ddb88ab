"""What a hostile answer may hold: each asks for the canary's address or calls `alert`, were it let through.

`PAGE` stands for the canary's address; it is filled in by `payloads`.
"""

from __future__ import annotations

__all__ = ["payloads"]

HTML = (
    "<script>alert('PAGE')</script>",
    "<script src=PAGE></script>",
    "<SCRIPT\n>fetch('PAGE')</SCRIPT\n>",
    "<img src=PAGE>",
    "<img src='PAGE' onload=alert(1)>",
    "<img src=x onerror=alert(1)>",
    "<IMG SRC=PAGE",
    "<img\nsrc=PAGE\n>",
    "<image src=PAGE>",
    "<svg><image href='PAGE'/></svg>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><style>@import url(PAGE)</style></svg>",
    "<math><mtext><img src=PAGE></mtext></math>",
    "<iframe src=PAGE></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=PAGE></object>",
    "<embed src=PAGE>",
    "<video poster=PAGE src=PAGE autoplay></video>",
    "<audio src=PAGE autoplay></audio>",
    "<picture><source srcset=PAGE><img src=PAGE></picture>",
    "<link rel=stylesheet href=PAGE>",
    "<link rel=prefetch href=PAGE>",
    "<style>@import url(PAGE); body{background:url(PAGE)}</style>",
    "<div style='background:url(PAGE)'>a</div>",
    "<table background=PAGE><tr><td>a</td></tr></table>",
    "<meta http-equiv=refresh content='0;url=PAGE'>",
    "<base href=PAGE><img src=a>",
    "<form action=PAGE><button autofocus onfocus=alert(1)>a</button></form>",
    "<input type=image src=PAGE>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>a</details>",
    "<!-- --><img src=PAGE><!-- -->",
    "<!-- <img src=PAGE> -->",
    "<![CDATA[<img src=PAGE>]]>",
    "<?php <img src=PAGE> ?>",
    "<a href=javascript:alert(1)>a</a>",
    "<noscript><p title='</noscript><img src=PAGE>'></noscript>",
    "&lt;img src=PAGE&gt;",
    "\\<img src=PAGE>",
    "</small></div><img src=PAGE>",
)
IMAGES = (
    "![x](PAGE)",
    "![x](<PAGE> 'title')",
    "![x][ref]\n\n[ref]: PAGE",
    "![ref]\n\n[ref]: PAGE",
    "![ref][]\n\n[ref]: <PAGE>",
    "[![x](PAGE)](PAGE)",
    "![a![b](PAGE)](PAGE)",
    "![x]( PAGE )",
    "\\![x](PAGE)",
    "\\\\![x](PAGE)",
    "!\u200b[x](PAGE) ![x](PAGE)",
    "![x](PAGE\n'title')",
    "![`](PAGE)` ![x](PAGE)",
    "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+)",
    "![x](data:text/html,<script>alert(1)</script>)",
    "![x](//127.0.0.1/)",
    "**![x](PAGE)** _![x](PAGE)_ ~~![x](PAGE)~~",
)
LINKS = (
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java\tscript:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](data:text/html,<script>alert(1)</script>)",
    "[a](vbscript:alert(1))",
    "<javascript:alert(1)>",
    "[a]\n\n[a]: javascript:alert(1)",
    "[a](https://good.example@evil.example/)",
    "[https://good.example](https://evil.example/)",
    "[a](<https://evil.example/ onmouseover=alert(1)>)",
    '[a](https://evil.example/ "\' onmouseover=alert(1)")',
)
PLACES = (
    "- a\n  - {}",
    "1. {}",
    "> {}",
    "> - > {}",
    "| a | b |\n| --- | --- |\n| {} | `{}` |",
    "# {}",
    "**{}**",
    "a\\\n{}",
    "```html\n{}\n```",
    "```\n{}",
    "~~~\n{}\n~~~\n\n{}",
    "`` ` `` {}",
    "`{}",
    "    {}\n\n{}",
    "$x$ {} $y$",
    "$$\n{}\n$$",
    "$a `{}` b$",
    "\\({}\\)",
    "\\[\n{}\n\\]",
    "\\begin{equation}{}\\end{equation}".replace("{equation}", "{{equation}}"),
    "[x]({}",
    "[^1]\n\n[^1]: {}",
)
NESTED = ("<img src=PAGE>", "![x](PAGE)")


def payloads(page: str) -> list[str]:
    """Every payload, those that are nested in other Markdown too, aimed at this address."""
    nested = [place.format(*[payload] * 2) for place in PLACES for payload in NESTED]
    # Each asks for a path of its own, so that a hit names its payload.
    return [
        payload.replace("PAGE", f"{page}{number}") for number, payload in enumerate([*HTML, *IMAGES, *LINKS, *nested])
    ]
