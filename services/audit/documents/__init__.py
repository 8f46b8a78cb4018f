"""Printable documents: pages made from the facts of a case as of one of its versions, and from nothing else.

The same facts, language and layout always give the same bytes, so a printed page can be made again and compared. Each page
says of which version it was made. What a document consists of is data (`layouts.py`): sections, each a function from the
case (`source.py`) to blocks (`blocks.py`); one template shows all of them.
"""
