# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What the reader says when a decree cannot be read."""


class BadDecree(Exception):
    """A decree's text cannot be read; the message names the line, what was expected and what to do."""
