# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Both platforms on loopback: they refuse what the real ones refuse, remember, and fail on demand."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from aiohttp import web

SECRET, VERIFY, TOKEN, PHONE_ID = "rahasia aplikasi", "kata sandi", "EAAB", "1011"
BOT_TOKEN = "123456:ABC-DEF1234ghIkl"  # noqa: S105 – no one's
Fault = Callable[[web.Request], Any]


@contextmanager
def served(application: web.Application) -> Iterator[str]:
    """The address of `application` on a free port, in a thread of its own."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(application, shutdown_timeout=1)

    async def start() -> int:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port: int = runner.addresses[0][1]
        return port

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    port = asyncio.run_coroutine_threadsafe(start(), loop).result(60)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def wait_until(holds: Callable[[], bool], seconds: float = 15.0) -> None:
    """Return as soon as it holds; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as got:
            return int(got.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=30) as got:
            return int(got.status), got.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()


# WhatsApp


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def refusal(body: Any) -> str | None:
    """Why the Cloud API would not take a message; None where it would. From the platform's documented limits."""
    if body.get("messaging_product") != "whatsapp":
        return "messaging_product"
    if body.get("status") == "read":
        return None
    if bool(body.get("to")) == bool(body.get("recipient")):
        return "to or recipient"
    match body.get("type"):
        case "text":
            return None if 0 < utf16(body["text"]["body"]) <= 4096 else "text body"
        case "template":
            return None if body["template"]["name"] and body["template"]["language"]["code"] else "template"
        case "interactive":
            return _interactive(body["interactive"])
        case "image" | "document" | "audio" | "video":
            return None if body[body["type"]].get("id", "").startswith("upload") else "file"
    return "type"


def _interactive(content: Any) -> str | None:
    text = content["body"]["text"]
    if not text.strip():
        return "empty body"
    if content["type"] == "button":
        buttons = [button["reply"] for button in content["action"]["buttons"]]
        titles = [button["title"] for button in buttons]
        fits = 1 <= len(buttons) <= 3 and utf16(text) <= 1024
        named = all(0 < utf16(t) <= 20 and t == t.strip() for t in titles) and len(set(titles)) == len(titles)
        return None if fits and named and all(0 < len(b["id"]) <= 256 for b in buttons) else "buttons"
    if content["type"] != "list" or utf16(text) > 4096 or not 0 < utf16(content["action"]["button"]) <= 20:
        return "list"
    sections = content["action"]["sections"]
    rows = [row for section in sections for row in section["rows"]]
    titles = [row["title"] for row in rows]
    if not 1 <= len(rows) <= 10 or len(sections) > 10 or any(utf16(s.get("title", "")) > 24 for s in sections):
        return "rows"
    for row in rows:
        if not 0 < utf16(row["title"]) <= 24 or row["title"] != row["title"].strip() or not 0 < len(row["id"]) <= 200:
            return "row title"
        if "description" in row and not 0 < utf16(row["description"]) <= 72:
            return "row description"
    unique = len(set(titles)) == len(titles) and len({row["id"] for row in rows}) == len(rows)
    return None if unique else "rows alike"


@dataclass
class FakeWhatsApp:
    """`sent` are accepted messages in order; `faults` happen to the next ones, first to first."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)
    refused: list[tuple[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    media: dict[str, bytes] = field(default_factory=dict)
    expired: set[str] = field(default_factory=set)
    elsewhere: str = ""
    """Another host that files are said to lie on."""
    before_answer: Callable[[dict[str, Any], str], None] | None = None

    def application(self) -> web.Application:
        server = web.Application(client_max_size=10**7)
        server.router.add_post("/v25.0/{phone}/messages", self._messages)
        server.router.add_post("/v25.0/{phone}/media", self._upload)
        server.router.add_get("/v25.0/{id}", self._described)
        server.router.add_get("/files/{id}", self._file)
        return server

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}" or request.match_info["phone"] != PHONE_ID:
            return _error(190, 401)
        body = await request.json()
        if body.get("status") == "read":
            self.marked.append(body["message_id"])
            return web.json_response({"success": True})
        if self.faults:
            answer = await self.faults.pop(0)(request)
            if answer is not None:
                return answer  # type: ignore[no-any-return]
        if why := refusal(body):
            self.refused.append((why, body))
            return _error(100, 400)
        self.sent.append(body)
        provider_id = f"wamid.{len(self.sent)}"
        if self.before_answer:
            await asyncio.to_thread(self.before_answer, body, provider_id)
        return web.json_response({"messaging_product": "whatsapp", "messages": [{"id": provider_id}]})

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        file = form.get("file")
        if form.get("messaging_product") != "whatsapp" or not isinstance(file, web.FileField):
            return _error(100, 400)
        id = f"upload{len(self.media)}"
        self.media[id] = file.file.read()
        return web.json_response({"id": id})

    async def _described(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        if id == PHONE_ID:
            return web.json_response({"display_phone_number": "+62 812-0000-0000", "verified_name": "Setda"})
        if id not in self.media:
            return _error(100, 400)
        url = f"{self.elsewhere or request.url.origin()}/files/{id}"
        return web.json_response({"url": url, "file_size": len(self.media[id]), "mime_type": "image/jpeg"})

    async def _file(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise web.HTTPUnauthorized
        if id in self.expired:
            self.expired.discard(id)
            raise web.HTTPNotFound
        return web.Response(body=self.media[id])

    def texts(self, to: str | None = None) -> list[str]:
        """What people read, in order."""
        return [shown(body) for body in self.sent if to in (None, body.get("to"), body.get("recipient"))]


def shown(body: Any) -> str:
    if body["type"] in ("image", "document", "audio", "video"):
        return f"[{body['type']}]"
    if body["type"] == "template":
        return f"[{body['template']['name']}]"
    text = body["text"]["body"] if body["type"] == "text" else body["interactive"]["body"]["text"]
    return str(text).replace("\u2060", "")


def tappable(body: Any) -> dict[str, str]:
    """Titles and ids of what can be tapped below a message."""
    if body["type"] != "interactive":
        return {}
    action = body["interactive"]["action"]
    if "buttons" in action:
        return {b["reply"]["title"]: b["reply"]["id"] for b in action["buttons"]}
    return {row["title"]: row["id"] for section in action["sections"] for row in section["rows"]}


def _error(code: int, status: int) -> web.Response:
    return web.json_response({"error": {"code": code, "message": "…"}}, status=status)


def answers(code: int, status: int = 400) -> Fault:
    async def fault(request: web.Request) -> web.Response:
        return _error(code, status)

    return fault


def breaks() -> Fault:
    """The line is cut before an answer."""

    async def fault(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return fault


def garbles() -> Fault:
    async def fault(request: web.Request) -> web.Response:
        return web.Response(text='{"messages": [{"i', content_type="application/json")

    return fault


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={signature}", "Content-Type": "application/json"}


def envelope(*values: dict[str, Any]) -> bytes:
    """One webhook body with an entry for each value."""
    entries = [{"id": "1", "changes": [{"field": "messages", "value": value}]} for value in values]
    return json.dumps({"object": "whatsapp_business_account", "entry": entries}, ensure_ascii=False).encode()


def value(*messages: dict[str, Any], phone_id: str = PHONE_ID, **more: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": "628120000", "phone_number_id": phone_id}
    contacts = [{"wa_id": m["from"], "profile": {"name": "Ana"}} for m in messages if "from" in m]
    messages_or_none = {"messages": list(messages)} if messages else {}
    return {"messaging_product": "whatsapp", "metadata": metadata, "contacts": contacts, **messages_or_none, **more}


def message(
    id: str, text: str = "halo", sender: str = "628111", at: float | None = None, **content: Any
) -> dict[str, Any]:
    """A text, or what `content` says instead (type=…, image=…)."""
    head = {"from": sender, "id": f"wamid.in.{id}", "timestamp": str(int(at or time.time()))}
    return head | (content or {"type": "text", "text": {"body": text}})


def status(id: str, state: str, ours: str | None = None, code: int | None = None, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"id": id, "status": state, "timestamp": "1", "recipient_id": "628111", **more}
    if ours:
        told["biz_opaque_callback_data"] = ours
    if code:
        told["errors"] = [{"code": code, "title": "…"}]
    return told


# Telegram


class _Plain(HTMLParser):
    """The text of Telegram's HTML; other tags than its own are refused."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.open = "", list[str]()
        self.bad = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)
        self.bad = self.bad or tag != "b"

    def handle_endtag(self, tag: str) -> None:
        self.bad = self.bad or not self.open or self.open.pop() != tag

    def handle_data(self, data: str) -> None:
        self.text += data


def plain(text: str) -> str | None:
    """What people read of HTML text; None where the platform could not parse it."""
    if re.search(r"&(?!amp;|lt;|gt;|quot;|#)", text):
        return None
    parser = _Plain()
    parser.feed(text)
    parser.close()
    return None if parser.bad or parser.open else parser.text


RIGHTS = (
    "is_anonymous can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members can_promote_members"
    " can_change_info can_invite_users can_post_stories can_edit_stories can_delete_stories can_manage_topics"
).split()
GIFTS = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), True
)


@dataclass
class FakeTelegram:
    sent: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    refused: list[tuple[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    blocked: set[int] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)
    lacks: set[str] = field(default_factory=set)
    webhook: dict[str, Any] = field(default_factory=dict)
    forum: bool = True
    manages: bool = True
    topics: dict[int, str] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    group: deque[float] = field(default_factory=lambda: deque(maxlen=20))

    def application(self) -> web.Application:
        server = web.Application(client_max_size=10**7)
        server.router.add_post(f"/bot{BOT_TOKEN}/{{method}}", self._call)
        server.router.add_get(f"/file/bot{BOT_TOKEN}/{{id}}", self._file)
        return server

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        form = {name: _value(str(content)) for name, content in (await request.post()).items()}
        self.calls.append(method)
        if method in self.lacks:
            return _told(404, "Not Found: method not found")
        match method:
            case "getMe":
                return _ok({"id": 1, "is_bot": True, "first_name": "Tanya", "username": "tanya_bot"})
            case "getUpdates":
                return await self._get_updates(form)
            case "sendMessage":
                return await self._send(form, request)
            case "sendPhoto" | "sendDocument":
                return await self._send_file(method, request)
            case "setWebhook":
                self.webhook = form
                return _ok(True)
            case "getWebhookInfo":
                return _ok({"url": "", "has_custom_certificate": False, "pending_update_count": 0})
            case "createForumTopic":
                if not 1 <= len(str(form["name"])) <= 128:
                    self.refused.append(("topic", form))
                    return _told(400, "Bad Request: TOPIC_TITLE_INVALID")
                thread = 1000 + len(self.topics)
                self.topics[thread] = str(form["name"])
                return _ok({"message_thread_id": thread, "name": form["name"], "icon_color": 7322096})
            case "closeForumTopic" | "reopenForumTopic":
                thread = int(form["message_thread_id"])
                (self.closed.add if method == "closeForumTopic" else self.closed.discard)(thread)
                return _ok(True)
            case "getChat":
                return self._get_chat(int(form["chat_id"]))
            case "getChatMember":
                user = {"id": 1, "is_bot": True, "first_name": "Tanya"}
                rights = dict.fromkeys(RIGHTS, self.manages)
                return _ok({"status": "administrator", "user": user, "can_be_edited": False, **rights})
            case "getFile":
                id = str(form["file_id"])
                if id not in self.files:
                    return _told(400, "Bad Request: invalid file_id")
                return _ok({"file_id": id, "file_unique_id": id, "file_size": len(self.files[id]), "file_path": id})
        return _ok(True)

    def _get_chat(self, chat: int) -> web.Response:
        if chat >= 0:
            return _told(400, "Bad Request: chat not found")
        told = {"id": chat, "type": "supergroup", "title": "Petugas [uji]", "is_forum": self.forum}
        return _ok(told | {"accent_color_id": 1, "max_reaction_count": 1, "accepted_gift_types": GIFTS})

    async def _get_updates(self, form: dict[str, Any]) -> web.Response:
        offset = int(form.get("offset", 0))
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        for _ in range(20):
            if self.updates:
                break
            await asyncio.sleep(0.02)
        return _ok(self.updates)

    async def _send(self, form: dict[str, Any], request: web.Request) -> web.StreamResponse:
        if self.faults:
            answer = await self.faults.pop(0)(request)
            if answer is not None:
                return answer  # type: ignore[no-any-return]
        chat = int(form["chat_id"])
        if chat in self.blocked:
            return _told(403, "Forbidden: bot was blocked by the user")
        if chat < 0:
            if len(self.group) == 20 and time.time() - self.group[0] < 60:
                self.refused.append(("group", form))
                return _told(429, "Too Many Requests: retry after 30", retry_after=30)
            self.group.append(time.time())
        text = plain(str(form["text"])) if form.get("parse_mode") == "HTML" else str(form["text"])
        rows = form.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = [button for row in rows for button in row]
        if text is None or not utf16(text.strip()) > 0 or utf16(text) > 4096:
            self.refused.append(("text", form))
            return _told(400, "Bad Request: can't parse entities or message is too long")
        if any(len(row) > 8 for row in rows) or not all(1 <= len(b["callback_data"].encode()) <= 64 for b in buttons):
            self.refused.append(("buttons", form))
            return _told(400, "Bad Request: BUTTON_DATA_INVALID")
        thread = form.get("message_thread_id")
        shown = {b["text"]: b["callback_data"] for b in buttons}
        self.sent.append({"chat": chat, "text": text, "buttons": shown, "thread": thread})
        chat_json = {"id": chat, "type": "private", "first_name": "Ana"}
        return _ok({"message_id": len(self.sent), "date": 1, "chat": chat_json, "text": text})

    async def _send_file(self, method: str, request: web.Request) -> web.Response:
        form = await request.post()
        file = next(part for part in form.values() if isinstance(part, web.FileField))
        file.file.seek(0)
        chat, text = int(str(form["chat_id"])), f"[{method}] {file.filename}"
        self.sent.append({"chat": chat, "text": text, "buttons": {}, "thread": None, "file": file.file.read()})
        chat_json = {"id": chat, "type": "private", "first_name": "Ana"}
        return _ok({"message_id": len(self.sent), "date": 1, "chat": chat_json})

    async def _file(self, request: web.Request) -> web.Response:
        return web.Response(body=self.files[request.match_info["id"]])

    def texts(self, chat: int = 7) -> list[str]:
        return [sent["text"] for sent in self.sent if sent["chat"] == chat]


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _told(code: int, description: str, **parameters: Any) -> web.Response:
    told = {"ok": False, "error_code": code, "description": description, "parameters": parameters}
    return web.json_response(told, status=code)


def too_fast(seconds: int) -> Fault:
    async def fault(request: web.Request) -> web.Response:
        return _told(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)

    return fault


def update(id: int, text: str = "halo", chat: int = 7, **content: Any) -> dict[str, Any]:
    """A private message as an update, or what `content` says of it (photo=…, edit_date=…)."""
    message = {
        "message_id": id,
        "date": int(time.time()),
        "chat": {"id": chat, "type": "private", "first_name": "Ana"},
        "from": {"id": chat, "is_bot": False, "first_name": "Ana"},
    } | (content or {"text": text})
    return {"update_id": id, "message": message}


def tap(id: int, data: str, chat: int = 7) -> dict[str, Any]:
    person = {"id": chat, "is_bot": False, "first_name": "Ana"}
    below = {"message_id": 1, "date": 1, "chat": {"id": chat, "type": "private", "first_name": "Ana"}, "text": "…"}
    query = {"id": str(id), "from": person, "chat_instance": "1", "data": data, "message": below}
    return {"update_id": id, "callback_query": query}
