"""A message's text as each channel takes it. Pure. What people wrote in it stays text everywhere."""

from __future__ import annotations

import re
from dataclasses import replace

from helium.ports.channels import MessageText
from helium.reconcile.markdown import cell

_MENTION = re.compile(r"(?<![A-Za-z0-9])@")
_LINK, _HEADING = re.compile(r"\](?=[(\[:])"), re.compile(r"^(?=[#-])")


def plain(text: MessageText) -> str:
    """For mail: sentences, then links."""
    links = [f"{label}: {url}" for label, url in text.links.items()]
    return "\n".join([*text.lines, *([""] if links else []), *links, ""])


def chat(text: MessageText) -> str:
    """For chats: nobody is called by a mention, and no sign begins a link or markup of somebody's own."""
    return plain(replace(text, lines=tuple(map(_harmless, text.lines))))


def markdown(text: MessageText) -> str:
    """For a comment at the host."""
    links = [f"[{cell(label)}]({url})" for label, url in text.links.items()]
    return "\n\n".join([f"**{cell(text.title)}**", *(cell(each) for each in text.lines), *links, ""])


def _harmless(line: str) -> str:
    """Without what chats act on: `@everyone`, `<!channel>`, `<http://…|text>`, `[text](…)`, backticks and stars."""
    for sign, instead in (("<", "\u2039"), (">", "\u203a"), ("`", "'"), ("*", "\u2217")):
        line = line.replace(sign, instead)
    line = _HEADING.sub("\u200b", _LINK.sub("]\u200b", line))
    # An address stays one that can be copied: only what begins with the sign calls somebody.
    return _MENTION.sub("@\u200b", line)
