"""Text for those who have no simulated agent: about 1 KB of natural language in answer to a question."""

from __future__ import annotations

_answer = (
    "Thank you for telling us. The order has left the warehouse in two parcels, and the carrier has scanned both of them; the second one was "
    "held back because the address of the invoice was that of your former office. We have corrected it, and a new invoice goes to your "
    "accounting department today. The desk and the second chair travel together and will be delivered before noon on Thursday, at no extra "
    "cost. Nothing has to be paid twice, and the bank transfer was booked on the day you named. If the colour should not be the one you "
    "ordered, please keep the parcel closed and write back with a photograph of the label, and we exchange it within two working days. The "
    "first step takes a few minutes and needs no one else; the second decides whether the rest is a matter of minutes or of days. In most "
    "cases of this kind it settles the matter, and the third is a formality that is done on the same day. We are sorry for the trouble."
)


def answer(question: str) -> str:
    """The answer, which begins as the question does, so that no two chains are the same."""
    return f"About {question[:40]}: {_answer}"
