"""What a simulated agent says: plausible prose from who it is and what it was asked, about 1 KB."""

from __future__ import annotations

from collections.abc import Sequence

from tenuto.agents.simulated.question import Question, cut, stem
from tenuto.core.agent import Agent

remark = "(Simulated: no model was asked.)"

_openings = (
    "Thank you for your message.",
    "Thanks for reaching out.",
    "Thank you, I have read your message carefully.",
    "Thanks for the details.",
)
_urgent_openings = (
    "Thank you for telling us right away; this comes first.",
    "I understand that this cannot wait, so I have put it at the top of the list.",
)
_subjects = {
    "card bank account payment transfer pin balance": (
        "The account was checked for unusual activity; nothing is charged twice, and a pending payment is released or booked within two working "
        "days. If the card is no longer in your hands, it is blocked and a new one is on its way."
    ),
    "parcel delivery deliver order shipping package arrive": (
        "The order has left the warehouse and the carrier has scanned it; the next scan tells the day of delivery. If it has not arrived by then, "
        "we send it again at our cost."
    ),
    "refund invoice bill price charge subscription money": (
        "The invoice was compared with what was agreed. Where the two differ the difference is refunded to the original means of payment, which "
        "takes three to five working days."
    ),
    "error bug crash fail issue login password server outage api": (
        "The failure can be reproduced with the steps you describe. The log points to the latest change; until it is corrected, going back one "
        "version or signing in again avoids it."
    ),
    "meeting calendar schedule appointment tomorrow date": (
        "There are two free slots that suit everybody, one in the morning and one in the early afternoon; an invitation with the agenda follows "
        "once you have chosen."
    ),
    "report data analysis number sales customer quarter market": (
        "The figures were compared with those of the period before: most of the change comes from few large customers, and without them the trend "
        "is flat. The details are broken down by region and by month."
    ),
}
_by_stem = {stem(word): text for words, text in _subjects.items() for word in words.split()}
_generally = (
    "I compared this with what is known about similar cases and found no contradiction. The usual procedure applies, and nothing beyond it has to "
    "be decided."
)
_steps = (
    ("Confirm the details of {0}.", "Check what was agreed about {1}.", "Tell everybody concerned what was decided."),
    ("Collect what is known about {0}.", "Look for anything unusual about {1}.", "Write the result down and close the case."),
    ("Make sure that {0} is described completely.", "Compare it with the last case about {1}.", "Answer with one clear recommendation."),
)
_reasons = (
    (
        "The first step takes a few minutes and needs no one else; the second decides whether the rest is a matter of minutes or of days. "
        "In most cases of this kind it settles the matter, and the third is a formality that is done on the same day."
    ),
    (
        "The first two steps can be done at the same time. If they contradict each other, a person looks at it before anything is changed; "
        "that is rare, and you would hear of it within one working day."
    ),
)
_closings = (
    "If I have misunderstood something, one more sentence from you is enough to correct it.",
    "Please write back if anything has changed in the meantime.",
    "I will come back to you as soon as there is news.",
)


def prose(agent: Agent, question: Question) -> str:
    """Several paragraphs, the last of which says that they are simulated."""
    terms = question.terms or ("your request", "the background")
    first, second = terms[0], terms[-1]
    about = question.summary(240)
    opening = question.pick(_urgent_openings if question.urgency >= 0.75 else _openings, "opening")
    steps = "\n".join(f"{number}. {step.format(first, second)}" for number, step in enumerate(question.pick(_steps, "steps"), 1))
    parts = [
        f"{opening} {_introduced(agent)}",
        f"You wrote: “{about}” {_understood(terms)}" if about else "Your message was empty, so that this is a general answer.",
        _subject(question),
        f"What happens next:\n{steps}\n{question.pick(_reasons, 'reason')}",
        question.pick(_closings, "closing"),
        remark,
    ]
    return "\n\n".join(parts)


def brief(question: Question, limit: int = 300) -> str:
    """One or two sentences, for a text inside an object."""
    about = question.summary(120)
    return cut(f"About “{about}”: {_subject(question)}" if about else _generally, limit)


def _introduced(agent: Agent) -> str:
    what = " ".join((agent.description or agent.instructions).split())
    return f"{agent.name} here ({cut(what, 120)})." if what else f"{agent.name} here."


def _understood(terms: Sequence[str]) -> str:
    return f"I take it that this is about {', '.join(terms[:-1])} and {terms[-1]}." if len(terms) > 1 else f"This is about {terms[0]}."


def _subject(question: Question) -> str:
    return next((_by_stem[found] for word in question.words if (found := stem(word)) in _by_stem), _generally)
