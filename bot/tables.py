# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What the tables of inbox and outbox have in common."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData()
