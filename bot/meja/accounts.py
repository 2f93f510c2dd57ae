# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Officers' accounts: one-time links, passwords, second factor, sessions.

Tokens are kept as hashes only. Nobody chooses another's password: a link is given, and its owner chooses.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, Row, delete, insert, select, update

from bot.meja.access import Officer, Role
from bot.tables import account, invitation, session

INVITED = timedelta(hours=48)
IDLE, LONGEST = timedelta(hours=2), timedelta(hours=12)
"""A session ends after so much silence, and after so much time at all."""

CODE = timedelta(minutes=5)
"""Between the password and the second factor."""

SHORTEST, LONGEST_PASSWORD = 10, 128
TRIES, TRIES_HERE, WAIT, LONGEST_WAIT = 5, 50, 2.0, 300.0
"""Wrong passwords of one account, and from one address that a whole office may share, after which each further one
must wait: seconds that double.
"""

STEP = 30
"""Seconds of a one-time code."""

RECOVERY = 8
COMMON = (
    "password", "sandi", "rahasia", "12345", "qwerty", "admin", "petugas", "indonesia", "kantor", "sekda", "tanya",
    "layanan", "landak", "melawi", "kalbar", "kaltim", "kalimantan", "bismillah", "sayang",
)  # fmt: skip
"""What is tried first by who guesses: nothing of it may be most of a password."""

_hasher = PasswordHasher()
_nobody = _hasher.hash(secrets.token_hex())
"""Compared where there is no such account, so that nothing tells the difference."""


class BadAccount(Exception):
    """A form about accounts cannot be used; the message is a sentence for who filled it in."""


@dataclass(frozen=True)
class Session:
    officer: Officer
    form_token: str
    verified: bool
    token: str
    totp: bool
    """Whether the account has a second factor."""


def hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()


# Accounts and invitations


def first_invitation(connection: Connection, now: datetime) -> str | None:
    """The token by which the first account is made; None where there is one that can log in already."""
    if connection.execute(select(account.c.id).where(account.c.password.is_not(None)).limit(1)).first():
        return None
    known = connection.execute(select(account.c.id).order_by(account.c.id).limit(1)).scalar()
    id = known or create(connection, "admin", "Administrator", None, None, Role.ADMIN_KANTOR, now)
    return invite(connection, id, now)


def create(
    connection: Connection,
    username: str,
    name: str,
    agency: str | None,
    unit: str | None,
    role: Role,
    now: datetime,
) -> int:
    """A new account without a password; raises BadAccount."""
    username, name = username.strip().lower(), " ".join(name.split())
    if not (2 < len(username) < 33 and username.replace(".", "").replace("-", "").isalnum()):
        raise BadAccount("Nama masuk terdiri dari 3–32 huruf kecil, angka, titik, atau tanda hubung.")
    if not 1 < len(name) < 81:
        raise BadAccount("Tulis nama lengkapnya.")
    if connection.execute(select(account.c.id).where(account.c.username == username)).first():
        raise BadAccount(f"Nama masuk “{username}” sudah dipakai. Pilih yang lain.")
    row = {
        "username": username,
        "name": name,
        "agency": agency,
        "unit": unit or None,
        "role": role,
        "totp_used": 0,
        "recovery": "[]",
        "disabled": False,
        "created_at": now,
    }
    return int(connection.execute(insert(account).returning(account.c.id), row).scalar_one())


def invite(connection: Connection, id: int, now: datetime) -> str:
    """A one-time token with which the owner chooses a password; older ones end."""
    connection.execute(delete(invitation).where(invitation.c.account == id))
    token = secrets.token_urlsafe(32)
    connection.execute(insert(invitation), {"token": hashed(token), "account": id, "expires_at": now + INVITED})
    return token


def invited(connection: Connection, token: str, now: datetime) -> Row[Any] | None:
    """The account of an invitation that still holds."""
    of = select(account).join(invitation, invitation.c.account == account.c.id)
    held = (invitation.c.token == hashed(token)) & (invitation.c.expires_at > now) & account.c.disabled.is_(False)
    return connection.execute(of.where(held)).first()


def accept(connection: Connection, token: str, name: str, password: str, now: datetime) -> int:
    """Set the password by a link, which ends with it, as do all sessions; raises BadAccount."""
    row = invited(connection, token, now)
    if row is None:
        raise BadAccount("Tautan ini sudah dipakai atau kedaluwarsa. Minta tautan baru kepada admin kantor.")
    if not name.strip():
        raise BadAccount("Tulis nama Bapak/Ibu: warga melihatnya saat dijawab.")
    check_password(password, (row.username, name))
    changed = {"password": _hasher.hash(password), "name": " ".join(name.split())[:80]}
    connection.execute(update(account).where(account.c.id == row.id).values(changed))
    connection.execute(delete(invitation).where(invitation.c.account == row.id))
    end_all(connection, row.id)
    return int(row.id)


def check_password(password: str, about: Sequence[str]) -> None:
    """Long and not easily guessed; no other rule. Raises BadAccount."""
    if not SHORTEST <= len(password) <= LONGEST_PASSWORD:
        raise BadAccount(f"Kata sandi paling sedikit {SHORTEST} huruf. Beberapa kata yang mudah diingat sudah cukup.")
    plain = password.casefold()
    guessed = [word for word in (*COMMON, *" ".join(about).casefold().split()) if len(word) > 3 and word in plain]
    rest = plain
    for word in guessed:
        rest = rest.replace(word, "")
    if len(set(plain)) < 5 or (guessed and len(rest) < SHORTEST - 2):
        raise BadAccount("Kata sandi itu mudah ditebak. Pakai kata-kata lain.")


def everybody(connection: Connection, agency: str | None) -> Sequence[Row[Any]]:
    mine = account.c.agency == agency if agency else account.c.id.is_not(None)
    return connection.execute(select(account).where(mine).order_by(account.c.name)).all()


def officers(connection: Connection, agency: str | None) -> list[Officer]:
    """Those who can be given a ticket of an office."""
    mine = account.c.agency.is_(None) | (account.c.agency == agency)
    able = account.c.disabled.is_(False) & account.c.password.is_not(None) & (account.c.role != Role.PENGAWAS)
    return [_officer(row) for row in connection.execute(select(account).where(mine & able).order_by(account.c.name))]


def disable(connection: Connection, id: int, disabled: bool) -> None:
    """Shut an account, and end its sessions at once; or open it again."""
    connection.execute(update(account).where(account.c.id == id).values(disabled=disabled))
    end_all(connection, id)


def change_role(connection: Connection, id: int, role: Role, unit: str | None) -> None:
    connection.execute(update(account).where(account.c.id == id).values(role=role, unit=unit or None))
    end_all(connection, id)


def _officer(row: Row[Any]) -> Officer:
    return Officer(row.id, row.username, row.name, row.agency, row.unit, Role(row.role))


# Logging in


class Brake:
    """Slows down who guesses, after `tries` in a row; `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float], tries: int = TRIES) -> None:
        self._clock = clock
        self._tries = tries
        self._failed: dict[str, tuple[int, float]] = {}

    def wait(self, key: str) -> float:
        """Seconds until another try; 0 when it may be now."""
        now = self._clock()
        return max(0.0, self._failed.get(key, (0, now))[1] - now)

    def failed(self, key: str) -> None:
        count = min(self._failed.get(key, (0, 0.0))[0] + 1, self._tries + 20)
        pause = 0.0 if count < self._tries else min(LONGEST_WAIT, WAIT * 2 ** (count - self._tries))
        self._failed[key] = (count, self._clock() + pause)
        if len(self._failed) > 10_000:
            self._failed = {k: v for k, v in self._failed.items() if v[1] > self._clock() - LONGEST_WAIT}

    def passed(self, key: str) -> None:
        self._failed.pop(key, None)


def log_in(connection: Connection, username: str, password: str, device: str, now: datetime) -> tuple[str, bool] | None:
    """A new session's token, and whether a code is still asked for; None where name or password is wrong."""
    row = connection.execute(select(account).where(account.c.username == username.strip().lower())).first()
    known = row is not None and row.password is not None and not row.disabled
    try:
        _hasher.verify(row.password if row is not None and known else _nobody, password)
    except VerificationError:
        return None
    if row is None or not known:
        return None
    if _hasher.check_needs_rehash(row.password):
        connection.execute(update(account).where(account.c.id == row.id).values(password=_hasher.hash(password)))
    return begin(connection, row.id, device, now, verified=row.totp is None), row.totp is not None


def begin(connection: Connection, id: int, device: str, now: datetime, verified: bool = True) -> str:
    token = secrets.token_urlsafe(32)
    row = {
        "token": hashed(token),
        "account": id,
        "form_token": secrets.token_urlsafe(32),
        "verified": verified,
        "created_at": now,
        "seen_at": now,
        "device": device[:120],
    }
    connection.execute(insert(session), row)
    return token


def verify(connection: Connection, current: Session, code: str, now: datetime) -> str | None:
    """A new token for a session whose second factor was right; each code, and each recovery code, works once."""
    row = connection.execute(select(account).where(account.c.id == current.officer.id)).one()
    code = code.strip().replace(" ", "")
    step = _step_of(row.totp, code, now) if row.totp else None
    kept = json.loads(row.recovery)
    if step is not None and step > row.totp_used:
        connection.execute(update(account).where(account.c.id == row.id).values(totp_used=step))
    elif hashed(code.lower()) in kept:
        kept.remove(hashed(code.lower()))
        connection.execute(update(account).where(account.c.id == row.id).values(recovery=json.dumps(kept)))
    else:
        return None
    device = connection.execute(select(session.c.device).where(session.c.token == current.token)).scalar_one()
    end(connection, current.token)
    return begin(connection, row.id, device, now)


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step a code belongs to, one before and after being good too (RFC 6238)."""
    totp = pyotp.TOTP(secret)
    around = int(now.timestamp()) // STEP
    return next(
        (
            s
            for s in (around - 1, around, around + 1)
            if secrets.compare_digest(totp.generate_otp(s).encode(), code.encode())
        ),
        None,
    )


def set_second_factor(connection: Connection, id: int, secret: str, code: str, now: datetime) -> list[str]:
    """Turn it on with a first code from the telephone; the recovery codes, shown once. Raises BadAccount."""
    step = _step_of(secret, code.strip().replace(" ", ""), now)
    if step is None:
        raise BadAccount("Kode itu tidak cocok. Periksa jam di telepon, lalu tulis kode yang sekarang terlihat.")
    codes = [f"{secrets.randbelow(10**5):05d}-{secrets.token_hex(3)}" for _ in range(RECOVERY)]
    kept = json.dumps([hashed(code) for code in codes])
    changed = {"totp": secret, "totp_used": step, "recovery": kept}
    connection.execute(update(account).where(account.c.id == id).values(changed))
    return codes


def drop_second_factor(connection: Connection, id: int) -> None:
    connection.execute(update(account).where(account.c.id == id).values(totp=None, recovery="[]"))


# Sessions


def current(connection: Connection, token: str, now: datetime) -> Session | None:
    """The session of a token while it holds; being looked up keeps it awake."""
    of = select(session, account).join(account, account.c.id == session.c.account)
    row = connection.execute(of.where(session.c.token == hashed(token))).first()
    if row is None or row.disabled:
        return None
    longest = LONGEST if row.verified else CODE
    if now - row.seen_at > IDLE or now - row.created_at > longest:
        end(connection, row.token)
        return None
    if now - row.seen_at > timedelta(minutes=1):
        connection.execute(update(session).where(session.c.token == row.token).values(seen_at=now))
    return Session(_officer(row), row.form_token, row.verified, row.token, row.totp is not None)


def sessions(connection: Connection, id: int) -> Sequence[Row[Any]]:
    own = select(session).where(session.c.account == id).order_by(session.c.seen_at.desc())
    return connection.execute(own).all()


def end(connection: Connection, token_hash: str) -> None:
    connection.execute(delete(session).where(session.c.token == token_hash))


def end_all(connection: Connection, id: int) -> None:
    connection.execute(delete(session).where(session.c.account == id))
