# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Logging in and out, the first password, the second factor, and one's own sessions."""

from __future__ import annotations

import io

import pyotp
import segno
from aiohttp import web

from bot.app import clock
from bot.meja import accounts, audit
from bot.meja.accounts import BadAccount
from bot.meja.site import SITE, back, db, form, log_in_with, officer, page, session

ISSUER = "Tanya Layanan"


def routes(desk: web.Application) -> None:
    desk.router.add_get("/masuk", _log_in_page)
    desk.router.add_post("/masuk", _log_in)
    desk.router.add_get("/kode", _code_page)
    desk.router.add_post("/kode", _code)
    desk.router.add_get("/undangan/{token}", _invited_page)
    desk.router.add_post("/undangan/{token}", _invited)
    desk.router.add_post("/keluar", _log_out)
    desk.router.add_get("/akun", _account)
    desk.router.add_post("/akun/faktor", _second_factor)
    desk.router.add_post("/akun/sandi", _new_password)
    desk.router.add_post("/akun/sesi", _end_session)


async def _log_in_page(request: web.Request) -> web.Response:
    return page(request, "masuk.html", error="", username="", to=request.query.get("ke", ""))


async def _log_in(request: web.Request) -> web.Response:
    site, fields = request.app[SITE], await form(request)
    username, to = fields.get("nama", ""), fields.get("ke", "")
    account, address = username.lower()[:64], str(request.remote)
    if (wait := max(site.brake.wait(account), site.gate.wait(address))) > 0:
        error = f"Terlalu banyak percobaan. Coba lagi {round(wait) + 1} detik lagi."
        return page(request, "masuk.html", status=429, error=error, username=username, to=to)
    password, device, now = await _password(request), request.headers.get("User-Agent", ""), clock()
    entered = await db(request, lambda c: accounts.log_in(c, username, password, device, now))
    await db(request, lambda c: audit.note(c, now, username[:64], "masuk" if entered else "gagal masuk"))
    if entered is None:
        site.brake.failed(account)
        site.gate.failed(address)
        error = "Nama masuk atau kata sandi salah."
        return page(request, "masuk.html", status=403, error=error, username=username, to=to)
    site.brake.passed(account)
    token, needs_code = entered
    response = web.HTTPSeeOther("/meja/kode" if needs_code else _inside(to))
    log_in_with(request, response, token)
    raise response


async def _password(request: web.Request) -> str:
    """As typed: spaces at its ends belong to it."""
    return str((await request.post()).get("sandi", ""))


def _inside(to: str) -> str:
    """Only a page of the desk's own is gone to after logging in."""
    return to if to.startswith("/meja") and not to.startswith("/meja/masuk") and "//" not in to else "/meja"


async def _code_page(request: web.Request) -> web.Response:
    if session(request).verified:
        raise web.HTTPSeeOther("/meja")
    return page(request, "kode.html", error="", form_token=session(request).form_token)


async def _code(request: web.Request) -> web.Response:
    site, current, fields = request.app[SITE], session(request), await form(request)
    key = f"code {current.officer.id}"
    if (wait := site.brake.wait(key)) > 0:
        error = f"Terlalu banyak percobaan. Coba lagi {round(wait) + 1} detik lagi."
        return page(request, "kode.html", status=429, error=error, form_token=current.form_token)
    token = await db(request, lambda c: accounts.verify(c, current, fields.get("kode", ""), clock()))
    if token is None:
        site.brake.failed(key)
        error = "Kode salah atau sudah dipakai. Tunggu kode berikutnya."
        return page(request, "kode.html", status=403, error=error, form_token=current.form_token)
    site.brake.passed(key)
    response = web.HTTPSeeOther("/meja")
    log_in_with(request, response, token)
    raise response


async def _invited_page(request: web.Request) -> web.Response:
    token = request.match_info["token"]
    row = await db(request, lambda c: accounts.invited(c, token, clock()))
    name = row.name if row is not None else ""
    return page(request, "undangan.html", status=200 if row else 404, known=row, name=name, error="")


async def _invited(request: web.Request) -> web.Response:
    token, fields, now = request.match_info["token"], await form(request), clock()
    password, name = await _password(request), fields.get("nama", "")
    try:
        id = await db(request, lambda c: accounts.accept(c, token, name, password, now))
    except BadAccount as bad:
        row = await db(request, lambda c: accounts.invited(c, token, now))
        return page(request, "undangan.html", status=409, known=row, name=name, error=str(bad))
    device = request.headers.get("User-Agent", "")
    await db(request, lambda c: audit.note(c, now, name, "kata sandi dibuat"))
    response = web.HTTPSeeOther("/meja")
    log_in_with(request, response, await db(request, lambda c: accounts.begin(c, id, device, now)))
    raise response


async def _log_out(request: web.Request) -> web.Response:
    current = session(request)
    await db(request, lambda c: accounts.end(c, current.token))
    response = web.HTTPSeeOther("/meja/masuk")
    response.del_cookie(request.app[SITE].cookie, path="/")
    raise response


async def _account(request: web.Request) -> web.Response:
    return await _account_page(request)


async def _account_page(
    request: web.Request, error: str = "", codes: tuple[str, ...] = (), secret: str = ""
) -> web.Response:
    """With a fresh secret to be scanned, unless a second factor is on; the secret travels with the form."""
    current = session(request)
    sessions = await db(request, lambda c: accounts.sessions(c, current.officer.id))
    secret = secret or pyotp.random_base32()
    address = pyotp.TOTP(secret).provisioning_uri(name=current.officer.username, issuer_name=ISSUER)
    drawn = io.BytesIO()
    segno.make(address).save(drawn, kind="svg", scale=4, border=2, xmldecl=False, title="Kode QR")
    return page(
        request,
        "akun.html",
        status=409 if error else 200,
        sessions=sessions,
        error=error,
        codes=codes,
        secret=secret,
        picture=drawn.getvalue().decode(),
        on=current.totp or bool(codes),
    )


async def _second_factor(request: web.Request) -> web.Response:
    fields, who, now = await form(request), officer(request), clock()
    if "matikan" in fields:
        await db(request, lambda c: accounts.drop_second_factor(c, who.id))
        await db(request, lambda c: audit.note(c, now, who.username, "kode masuk dimatikan"))
        raise back("/meja/akun", "Kode masuk dimatikan.")
    secret = fields.get("rahasia", "")
    try:
        code = fields.get("kode", "")
        codes = await db(request, lambda c: accounts.set_second_factor(c, who.id, secret, code, now))
    except BadAccount as bad:
        return await _account_page(request, str(bad), secret=secret)
    await db(request, lambda c: audit.note(c, now, who.username, "kode masuk dipasang"))
    return await _account_page(request, codes=tuple(codes))


async def _new_password(request: web.Request) -> web.Response:
    """A password is changed as it was first made: by a link that ends all sessions."""
    who = officer(request)
    token = await db(request, lambda c: accounts.invite(c, who.id, clock()))
    raise web.HTTPSeeOther(f"/meja/undangan/{token}")


async def _end_session(request: web.Request) -> web.Response:
    fields, who = await form(request), officer(request)
    own = await db(request, lambda c: [row.token for row in accounts.sessions(c, who.id)])
    if fields.get("sesi") in own:
        await db(request, lambda c: accounts.end(c, fields["sesi"]))
    raise back("/meja/akun", "Sesi diakhiri.")
