"""An MTA that behaves as Postfix does with its milters, for those with no Postfix at hand.

`front.Front` is the way in. What becomes of a message is decided in modules without I/O
(obedience, draft, edits, commands, intake); `dialogue` puts them together.
"""
