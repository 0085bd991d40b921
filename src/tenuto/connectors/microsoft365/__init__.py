"""Microsoft 365 by Microsoft Graph v1.0: mail, calendar and Teams of the account that is connected.

https://learn.microsoft.com/en-us/graph/api/overview
"""

from __future__ import annotations

from tenuto.connectors.microsoft365 import calendar, channels, chats, letters, mail
from tenuto.connectors.microsoft365.service import microsoft365

__all__ = ["calendar", "channels", "chats", "letters", "mail", "microsoft365"]
