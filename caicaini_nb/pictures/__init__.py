"""Pictures in any form, made fit to send.

images      from paths, bytes, links, figures and arrays into a message
source      what counts as a picture
header      type and size, read from the bytes
fit         turned upright, scaled down, written anew
"""

__all__: list[str] = []
