# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""WhatsApp Cloud API: what comes in by webhook, what goes out, and what its errors mean. Plain aiohttp.

A message that the platform refuses cannot be built here: every limit is kept by construction.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot import rendering
from bot.delivery import DeliveryFailed, Failure
from bot.intake import Media, Received
from bot.lines import Number
from bot.media import MOST_BYTES, BadAttachment
from bot.outbox import Letter
from bot.tables import State
from handlers.messages import Channel, Choice, Event, Incoming, Outgoing
from knowledge.cards import Line
from knowledge.model import AgencyId
from tickets.model import Attachment

log = logging.getLogger("tanya.whatsapp")

BODY, BUTTON_BODY = 4096, 1024
BUTTONS, BUTTON_TITLE, BUTTON_ID = 3, 20, 256
FILES = ("image", "audio", "video", "document")
ROWS, ROW_TITLE, ROW_DESCRIPTION, ROW_ID = 10, 24, 72, 200
LIST_BUTTON = "Pilihan"
MEDIA_HOSTS = ("facebook.com", "fbsbx.com", "fbcdn.net", "whatsapp.net")

WINDOW = timedelta(hours=24)
"""After a person's last message, by its own time, in which we may write freely."""

MARKS = re.compile(r"([*_~`])")
WORD_JOINER = "\u2060"
"""Written after a sign that would begin bold, italic or struck text: it is seen as it is and acts as nothing."""

ERRORS: Mapping[int, Failure] = {
    131047: Failure.WINDOW,  # more than 24 hours since the person wrote
    131026: Failure.PERMANENT,  # undeliverable
    131030: Failure.PERMANENT,  # a test number writes to five recipients only
    131051: Failure.PERMANENT,  # unsupported type
    131052: Failure.PERMANENT,
    131053: Failure.PERMANENT,
    100: Failure.PERMANENT,  # a parameter is wrong: trying again changes nothing
    131008: Failure.PERMANENT,
    131009: Failure.PERMANENT,
    131056: Failure.WAIT,  # too fast to one person
    130429: Failure.WAIT,  # too fast in all
    80007: Failure.WAIT,
    4: Failure.WAIT,
    1: Failure.WAIT,
    2: Failure.WAIT,
    131000: Failure.WAIT,
    131016: Failure.WAIT,
    131048: Failure.ALARM,  # restricted for spam
    368: Failure.ALARM,
    131031: Failure.ALARM,  # locked
    131042: Failure.ALARM,  # unpaid
    190: Failure.ALARM,  # token expired
    0: Failure.ALARM,
    10: Failure.ALARM,
    3: Failure.ALARM,
}
"""What each of the platform's error codes asks for; templates' (132xxx) are permanent."""


@dataclass(frozen=True)
class Report:
    """How far a letter came; `ours` is the row's id that we sent along."""

    provider_id: str
    ours: int | None
    state: State
    error: int | None = None
    category: str | None = None
    billed: bool = False


@dataclass(frozen=True)
class Moved:
    """A person has a new number, by which they are known from now on."""

    old: str
    new: str


def signed(body: bytes, header: str | None, secret: str) -> bool:
    """Whether `X-Hub-Signature-256` is the HMAC-SHA256 of the raw bytes by the app secret; in constant time."""
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), (header or "").encode())


# In


def parse(payload: Any, agencies: Mapping[str, AgencyId | None]) -> Iterator[Received | Report | Moved]:
    """Every message and status of every change of every entry; one bad element loses no other.

    `agencies` says whose number each phone id is; what is for another number is left out.
    """
    for value in _values(payload):
        phone_id = str(_at(value, "metadata", "phone_number_id") or "")
        if phone_id not in agencies:
            continue
        ids = {str(c.get("wa_id") or ""): c.get("user_id") for c in _dicts(value.get("contacts"))}
        for kind, read in (("messages", _message), ("message_echoes", _echo), ("statuses", _status)):
            for element in _dicts(value.get(kind)):
                try:
                    if found := read(element, phone_id, agencies[phone_id], ids):
                        yield found
                except (KeyError, TypeError, ValueError) as error:
                    log.warning("a %s element could not be read: %s", kind, type(error).__name__)


def _values(payload: Any) -> Iterator[dict[str, Any]]:
    for entry in _dicts(payload.get("entry") if isinstance(payload, dict) else None):
        for change in _dicts(entry.get("changes")):
            if isinstance(change.get("value"), dict):
                yield change["value"]


def _dicts(content: Any) -> list[dict[str, Any]]:
    return [item for item in content if isinstance(item, dict)] if isinstance(content, list) else []


def _at(content: Any, *path: str) -> Any:
    for name in path:
        content = content.get(name) if isinstance(content, dict) else None
    return content


def _message(
    element: dict[str, Any], phone_id: str, agency: AgencyId | None, ids: Mapping[str, Any]
) -> Received | Moved | None:
    """A person's message; who has no number is known by the id that is theirs with this office."""
    sender = str(element.get("from") or element.get("from_user_id") or next(filter(None, ids.values()), ""))
    if element["type"] == "system":
        new = str(_at(element, "system", "wa_id") or _at(element, "system", "new_wa_id") or "")
        return Moved(sender, new) if sender and new else None
    if not sender:
        return None
    text, choice, media, event = _content(element)
    message = Incoming(
        channel=Channel.WHATSAPP,
        sender=sender,
        provider_id=str(element["id"]),
        agency=agency,
        text=text,
        sent_at=_time(element["timestamp"]),
        choice=choice,
        event=event,
    )
    return Received(message, media)


def _content(element: dict[str, Any]) -> tuple[str, str | None, Media | None, Event]:
    """Text, tapped choice, file and event of one message of any type."""
    kind = str(element["type"])
    content = element.get(kind)
    match kind:
        case "text":
            return str(element["text"]["body"]), None, None, Event.MESSAGE
        case "interactive":
            tapped = content.get("button_reply") or content.get("list_reply") or {} if content else {}
            return str(tapped.get("title", "")), tapped.get("id"), None, Event.MESSAGE if tapped else Event.UNSUPPORTED
        case "button":
            return str(_at(content, "text") or ""), None, None, Event.MESSAGE
        case "image" | "document" | "audio" | "video" if isinstance(content, dict):
            media = Media(str(content["id"]), str(content.get("filename") or ""), str(content.get("sha256") or ""))
            return str(content.get("caption") or ""), None, media, Event.MESSAGE
        case "location" if isinstance(content, dict):
            where = " ".join(filter(None, (content.get("name"), content.get("address"))))
            return f"Lokasi: {where} ({content['latitude']}, {content['longitude']})", None, None, Event.MESSAGE
        case "contacts":
            names = [str(_at(c, "name", "formatted_name") or "") for c in _dicts(content)]
            return f"Kontak: {', '.join(names)}", None, None, Event.MESSAGE
        case "reaction":
            return "", None, None, Event.REACTION
        case "edit" if isinstance(content, dict):
            inner = content.get("message") or content
            return str(_at(inner, "text", "body") or ""), None, None, Event.MESSAGE
        case "revoke" if isinstance(content, dict):
            return str(content.get("original_message_id") or ""), None, None, Event.DELETED
    return "", None, None, Event.UNSUPPORTED


def _echo(element: dict[str, Any], phone_id: str, agency: AgencyId | None, ids: Mapping[str, Any]) -> Received | None:
    """What an officer wrote from the office's telephone; the chat is the recipient's."""
    recipient = str(element.get("to") or element.get("to_user_id") or "")
    if not recipient:
        return None
    sent_at = _time(element["timestamp"])
    provider_id = str(element["id"])
    message = Incoming(Channel.WHATSAPP, recipient, provider_id, agency, "", sent_at, event=Event.ECHO)
    return Received(message)


def _status(element: dict[str, Any], phone_id: str, agency: AgencyId | None, ids: Mapping[str, Any]) -> Report | None:
    names = {"sent": State.SENT, "delivered": State.DELIVERED, "read": State.READ, "failed": State.FAILED}
    state = names.get(str(element["status"]))
    if state is None:
        return None
    ours = str(element.get("biz_opaque_callback_data") or "")
    error = next((int(e["code"]) for e in _dicts(element.get("errors"))), None)
    pricing = element.get("pricing") or {}
    return Report(
        str(element["id"]),
        int(ours) if ours.isdecimal() else None,
        state,
        error,
        str(pricing["category"]) if "category" in pricing else None,
        bool(pricing.get("billable")),
    )


def _time(text: str) -> datetime:
    return datetime.fromtimestamp(int(text), UTC)


# Out


def render(message: Outgoing) -> list[dict[str, Any]]:
    """The message as the platform's payloads, in order: what can be tapped is below the last."""
    text = rendering.lines(message, _written)
    choices = rendering.at_most(message.choices, ROWS)
    if message.attachment:
        said = render(replace(message, attachment=None))
        return [*said, {"type": kind_of(message.attachment)}]
    if not choices:
        return [_text(part) for part in rendering.cut(text, BODY)] or [_text("–")]
    few = len(choices) <= BUTTONS and all(rendering.utf16(c.label) <= BUTTON_TITLE for c in choices)
    limit = BUTTON_BODY if few and rendering.utf16(text) <= BUTTON_BODY else BODY
    *before, last = rendering.cut(text, limit) if text.strip() else ["–"]
    build = _buttons if limit == BUTTON_BODY else _list
    return [*(_text(part) for part in before), build(last, choices)]


def kind_of(attachment: Attachment) -> str:
    """What the platform calls a file of this media type."""
    kind = attachment.media_type.partition("/")[0]
    plain = attachment.media_type == "image/webp" or kind not in ("image", "audio", "video")
    return "document" if plain else kind


def _written(line: Line) -> str:
    text = MARKS.sub(rf"\1{WORD_JOINER}", line.text)
    return rendering.indented(line, f"*{text.strip()}*" if line.bold and text.strip() else text)


def _text(body: str) -> dict[str, Any]:
    return {"type": "text", "text": {"body": body, "preview_url": False}}


def _buttons(body: str, choices: tuple[Choice, ...]) -> dict[str, Any]:
    titles = rendering.unlike([choice.label for choice in choices], BUTTON_TITLE)
    buttons = [
        {"type": "reply", "reply": {"id": choice.id[:BUTTON_ID], "title": title}}
        for choice, title in zip(choices, titles, strict=True)
    ]
    return _interactive("button", body, {"buttons": buttons})


def _list(body: str, choices: tuple[Choice, ...]) -> dict[str, Any]:
    rows = []
    for choice, title in zip(choices, rendering.unlike([c.label for c in choices], ROW_TITLE), strict=True):
        row = {"id": choice.id[:ROW_ID], "title": title}
        if choice.description.strip():
            row["description"] = rendering.shortened(" ".join(choice.description.split()), ROW_DESCRIPTION)
        rows.append(row)
    return _interactive("list", body, {"button": LIST_BUTTON, "sections": [{"title": LIST_BUTTON, "rows": rows}]})


def _interactive(kind: str, body: str, action: dict[str, Any]) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": body}, "action": action}}


class WhatsApp:
    """Sends through one office's number."""

    def __init__(self, number: Number, session: aiohttp.ClientSession, folder: Path) -> None:
        self._number = number
        self._folder = folder
        self._session = session

    async def send(self, letter: Letter, part: int) -> tuple[str, bool]:
        """Send one part; the platform's id for it, and whether it was the last. Raises DeliveryFailed."""
        payloads = render(letter.message)
        last = part + 1 >= len(payloads)
        if (kind := payloads[part]["type"]) in FILES and letter.message.attachment:
            payloads[part] = {"type": kind, kind: await self._uploaded(letter.message.attachment, kind)}
        # Only the last part carries our id: it is the one whose arrival says that all of it arrived.
        known = {"biz_opaque_callback_data": str(letter.id)} if last else {}
        return await self._post({**_to(letter.recipient), **payloads[part], **known}), last

    async def _uploaded(self, attachment: Attachment, kind: str) -> dict[str, str]:
        """Hand a file over to the platform; what a message says of it."""
        url = f"{self._number.api}/{self._number.phone_id}/media"
        form = aiohttp.FormData({"messaging_product": "whatsapp", "type": attachment.media_type})
        content = await asyncio.to_thread((self._folder / attachment.path).read_bytes)
        form.add_field("file", content, filename=attachment.name, content_type=attachment.media_type)
        answer = await self._call("POST", url, form)
        named = {"filename": attachment.name} if kind == "document" else {}
        return {"id": str(answer.get("id", "")), **named}

    def closed(self, letter: Letter, now: datetime) -> bool:
        """24 hours after the person's own last message only a template gets through."""
        return letter.wrote_at is not None and now - letter.wrote_at > WINDOW

    async def knock(self, letter: Letter) -> bool:
        """Send the approved template that asks the person to write, so that the answer may follow."""
        if not self._number.template:
            return False
        template = {"name": self._number.template, "language": {"code": "id"}}
        try:
            await self._post({**_to(letter.recipient), "type": "template", "template": template})
        except DeliveryFailed as failed:
            log.error("the template does not go out: %s", failed.code)
            return False
        return True

    async def fetch(self, media: Media) -> bytes:
        """A file that a person sent; raises BadAttachment where it is too large or not what was announced."""
        described = await self._get(f"{self._number.api}/{media.id}")
        if int(described.get("file_size") or 0) > MOST_BYTES:
            raise BadAttachment("Berkas terlalu besar. Paling besar 16 MB; kirim foto yang lebih kecil.")
        url = str(described["url"])
        if not self._trusts(url):
            raise BadAttachment("Berkas itu tidak dapat diambil. Mohon kirim sekali lagi.")
        headers = {"Authorization": f"Bearer {self._number.token}"}
        async with self._session.get(url, headers=headers, allow_redirects=False) as response:
            response.raise_for_status()
            content = await response.content.read(MOST_BYTES + 1)
            while len(content) <= MOST_BYTES and (more := await response.content.read(MOST_BYTES)):
                content += more
        if media.sha256 and hashlib.sha256(content).hexdigest() != media.sha256 and len(content) <= MOST_BYTES:
            raise BadAttachment("Berkas itu rusak di perjalanan. Mohon kirim sekali lagi.")
        return content

    def _trusts(self, url: str) -> bool:
        """Our token goes to the platform's own hosts only."""
        there, api = urlsplit(url), urlsplit(self._number.api)
        host = there.hostname or ""
        own = there.scheme == "https" and any(host == name or host.endswith(f".{name}") for name in MEDIA_HOSTS)
        return own or (there.scheme, there.netloc) == (api.scheme, api.netloc)

    async def read(self, provider_id: str) -> None:
        """Show the person that the message was read and an answer is being written."""
        body = {"status": "read", "message_id": provider_id, "typing_indicator": {"type": "text"}}
        with suppress(DeliveryFailed):
            await self._post(body)

    async def check(self) -> dict[str, Any]:
        """What the platform says of the number; raises DeliveryFailed."""
        return await self._get(f"{self._number.api}/{self._number.phone_id}")

    async def _post(self, body: dict[str, Any]) -> str:
        url = f"{self._number.api}/{self._number.phone_id}/messages"
        answer = await self._call("POST", url, {"messaging_product": "whatsapp", **body})
        found = _dicts(answer.get("messages"))
        return str(found[0].get("id", "")) if found else ""

    async def _get(self, url: str) -> dict[str, Any]:
        return await self._call("GET", url, None)

    async def _call(self, method: str, url: str, body: dict[str, Any] | aiohttp.FormData | None) -> dict[str, Any]:
        sent: dict[str, Any] = {"data": body} if isinstance(body, aiohttp.FormData) else {"json": body}
        headers = {"Authorization": f"Bearer {self._number.token}"}
        try:
            async with self._session.request(method, url, headers=headers, **sent) as response:
                status, raw = response.status, await response.read()
        except (
            TimeoutError,
            aiohttp.ServerDisconnectedError,
            aiohttp.ClientOSError,
            aiohttp.ClientPayloadError,
        ) as lost:
            if isinstance(lost, aiohttp.ClientConnectorError):
                raise DeliveryFailed(Failure.WAIT, "unreachable") from lost
            raise DeliveryFailed(Failure.UNKNOWN, type(lost).__name__) from lost
        try:
            answer = json.loads(raw)
        except ValueError:
            answer = None
        if status == 200 and isinstance(answer, dict):
            return answer
        if status == 200:
            raise DeliveryFailed(Failure.UNKNOWN, "unreadable answer")
        code = _at(answer, "error", "code")
        raise DeliveryFailed(failure(code if isinstance(code, int) else None, status), str(code or status))


def failure(code: int | None, status: int) -> Failure:
    """What an error asks for, by its code, else by the HTTP status."""
    if code is not None and code in ERRORS:
        return ERRORS[code]
    if code is not None and 132000 <= code < 133000:
        return Failure.PERMANENT
    if status in (401, 403):
        return Failure.ALARM
    return Failure.WAIT if status >= 500 or status == 429 else Failure.PERMANENT


def _to(recipient: str) -> dict[str, Any]:
    """A telephone number, or the id of a person who shows none."""
    addressed = {"to": recipient} if recipient.isdecimal() else {"recipient": recipient}
    return {"recipient_type": "individual", **addressed}
