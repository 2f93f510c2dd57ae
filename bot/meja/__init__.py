# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The officers' desk on the web: accounts, queue, tickets, learning, the office's own settings."""
