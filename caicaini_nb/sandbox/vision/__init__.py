"""The sandbox's eyes: size, colours and printed text of the pictures in a request.

They see no things, faces or scenes, and say nothing about them. Pillow, which comes with matplotlib, decodes the
pictures; the optional package rapidocr (`pip install 'caicaini-nb[vision]'`) reads text with the weights it carries.
Nothing is fetched. Both are loaded when the first picture arrives.
"""

from __future__ import annotations

from caicaini_nb.sandbox.vision.sight import seen_text

__all__ = ["seen_text"]
