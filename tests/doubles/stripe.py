"""A double of Stripe's API v1: form-encoded requests, idempotency keys, cursors, expansion, search, refusals, signed webhooks.

From https://docs.stripe.com/api (…/errors, …/expanding_objects, …/idempotent_requests, …/pagination, …/search, …/versioning),
https://docs.stripe.com/rate-limits, https://docs.stripe.com/testing and https://docs.stripe.com/webhooks/signature.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.stripe_forms import Refused, checked, form, nested
from tests.doubles.stripe_objects import Kind, fits, kinds, matches
from tests.doubles.stripe_objects import clauses as search_clauses
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor, bearer, token

api_version = "2026-08-26.dahlia"


def _basic(headers: Headers) -> bool:
    """The key is the user name, and there is no password."""
    return headers.get("authorization") == "Basic " + b64encode(f"{token}:".encode()).decode()


class Stripe(Vendor):
    """An account in test mode; `pm_card_visa` pays, `pm_card_visa_chargeDeclined` does not."""

    key = "stripe"
    admissions = (bearer, _basic)

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.objects: dict[str, list[Json]] = {kind.name: [] for kind in kinds}
        """By kind, newest first."""
        self.keys: dict[str, tuple[str, Json, int, Json]] = {}
        """Idempotency key: path, parameters, status and body of the first answer."""
        self.breaks = 0
        """So many requests end with 500 after their endpoint has begun: the answer is kept for their idempotency key."""
        self.unindexed = False
        """The search does not know the latest object yet."""

    def routes(self) -> Routes:
        routes: Routes = [("GET", "/v1/balance", self._balance), ("GET", "/v1/account", self._account)]
        steps = {
            "payment_intents": (self._confirm, self._capture, self._cancel),
            "invoices": (self._finalize, self._send, self._pay, self._void),
        }
        for kind in kinds:
            root = f"/v1/{kind.name}"
            if kind.searchable:
                routes.append(("GET", root + "/search", self._reading(kind, self._search)))
            routes += [("GET", root, self._reading(kind, self._list)), ("GET", root + "/{id}", self._reading(kind, self._get))]
            for step in steps.get(kind.name, ()):
                routes.append(("POST", f"{root}/{{id}}/{step.__name__.strip('_')}", self._writing(kind, step)))
            if kind.create:
                routes.append(("POST", root, self._writing(kind, self._create)))
            if kind.update is not None:
                routes.append(("POST", root + "/{id}", self._writing(kind, self._update)))
            if kind.deletable or kind.name == "subscriptions":
                routes.append(("DELETE", root + "/{id}", self._reading(kind, self._delete)))
        return routes

    def limits(self, request: Request) -> dict[str, str]:
        headers = {"request-id": f"req_{self.books.next():014d}", "stripe-version": request.headers.get("stripe-version", api_version)}
        key = request.headers.get("idempotency-key")
        return headers | ({"idempotency-key": key} if key else {})

    def refuse(self, fault: Fault) -> Response:
        match fault.kind:
            case "rate_limited" | "secondary_limit":
                text = "Testmode request rate limit exceeded, the rate limits in testmode are lower than livemode."
                reason = fault.error or ("global-rate" if fault.kind == "rate_limited" else "endpoint-rate")
                headers = {"stripe-rate-limited-reason": reason, "stripe-should-retry": "false"}
                return _no(Refused(text, status=429, code="rate_limit"), headers)
            case "unauthorized":
                return _no(
                    Refused("Invalid API Key provided: sk_test_*****6789", status=401), {"www-authenticate": 'Bearer realm="Stripe"'}
                )
            case "forbidden":
                text = "The provided key 'rk_test_*****6789' does not have the required permissions for this endpoint on account 'acct_1'."
                return _no(Refused(text, status=403))
            case "invalid" if fault.error == "idempotency_key_in_use":
                text = "There is currently another in-progress request using this Idempotency Key."
                return _no(Refused(text, status=409, type="idempotency_error", code=fault.error), {"stripe-should-retry": "true"})
            case "invalid" if fault.error:
                return _no(Refused(f"This went wrong: {fault.error}.", code=fault.error))
            case "invalid":
                return _no(Refused("Invalid request (check that your POST content type is application/x-www-form-urlencoded)."))
            case _:
                status = 503 if fault.kind == "unavailable" else 500
                return _no(Refused("An unknown error occurred", status=status, type="api_error"))

    def add(self, kind: str, **facts: Any) -> Json:
        """Put an object in, as the API would have made it."""
        found = next(each for each in kinds if each.name == kind)
        now = int(datetime.now(UTC).timestamp())
        identity = facts.pop("id", None) or f"{found.prefix}_{self.books.next():016d}"
        made: Json = {"id": identity, "object": found.object, "created": now, "livemode": False, "metadata": {}}
        made |= json.loads(json.dumps(found.facts)) | facts
        self.objects[kind].insert(0, made)
        if not found.quiet:
            self.tell(f"{found.object}.created", made)
        return made

    def tell(self, type: str, about: Json) -> Json:
        """An event, as it is listed and sent to webhooks."""
        event = {"api_version": api_version, "data": {"object": dict(about)}, "pending_webhooks": 1, "type": type}
        return self.add("events", **event, request={"id": f"req_{self.books.next():014d}", "idempotency_key": None})

    def found(self, kind: str, identity: object, param: str = "id") -> Json:
        """An object. Raises `Refused`: 404 for an address, 400 for a parameter."""
        for each in self.objects[kind]:
            if each["id"] == identity:
                return each
        title = next(each for each in kinds if each.name == kind).title
        raise Refused(f"No such {title}: '{identity}'", status=404 if param == "id" else 400, code="resource_missing", param=param)

    def _reading(self, kind: Kind, endpoint: Callable[..., Json]) -> Callable[[Request, Any], Awaitable[Response]]:
        async def enter(request: Request, _sent: Any) -> Response:
            try:
                params = nested(request.url.query.encode(), form)
                answer = endpoint(kind, request, params)
                return JSONResponse(self._expanded(kind, answer, params.get("expand") or []))
            except Refused as refused:
                return _no(refused)

        return enter

    def _writing(self, kind: Kind, endpoint: Callable[..., Json]) -> Callable[[Request, Any], Awaitable[Response]]:
        async def enter(request: Request, _sent: Any) -> Response:
            body, key = await request.body(), request.headers.get("idempotency-key")
            try:
                sent = nested(body, request.headers.get("content-type", ""))
                if replayed := self._replayed(request, key, sent):
                    return replayed
            except Refused as refused:
                return _no(refused)
            status, answer, begun = self._answer(kind, endpoint, request, sent)
            if key and begun:
                self.keys[key] = (request.url.path, sent, status, answer)
            return JSONResponse(answer, status)

        return enter

    def _answer(self, kind: Kind, endpoint: Callable[..., Json], request: Request, sent: Json) -> tuple[int, Json, bool]:
        """Status, body, and whether an endpoint had begun: what is refused before is not kept for an idempotency key."""
        try:
            made = endpoint(kind, request, sent)
            what = f"{request.method} {request.url.path.partition('/v1')[2]}"
            self.happened({"sent": sent, "key": request.headers.get("idempotency-key")}, what)
            if self.breaks:
                self.breaks -= 1
                return 500, {"error": Refused("An unknown error occurred", type="api_error").error}, True
            return 200, self._expanded(kind, made, sent.get("expand") or []), True
        except Refused as refused:
            return refused.status, {"error": refused.error}, refused.saved

    def _replayed(self, request: Request, key: str | None, sent: Json) -> Response | None:
        if key is None or key not in self.keys:
            if key is not None and not 0 < len(key) <= 255:
                raise Refused("Idempotency keys can be at most 255 characters long.", type="idempotency_error")
            return None
        path, first, status, answer = self.keys[key]
        if path != request.url.path:
            where = path.partition("/stripe")[2] or path
            text = f"Keys for idempotent requests can only be used for the same endpoint they were first used for ('{where}')."
            raise Refused(f"{text} Try using a key other than '{key}'.", type="idempotency_error")
        if first != sent:
            text = "Keys for idempotent requests can only be used with the same parameters they were first used with."
            raise Refused(f"{text} Try using a key other than '{key}'.", type="idempotency_error")
        return JSONResponse(answer, status, {"idempotent-replayed": "true"})

    def _expanded(self, kind: Kind, answer: Json, paths: list[str]) -> Json:
        shown: Json = json.loads(json.dumps(answer))
        for path in paths:
            steps = path.split(".")
            if len(steps) > 4:
                raise Refused(f"You cannot expand more than 4 levels of a property. Property: {path}.")
            if shown.get("object") in ("list", "search_result"):
                if steps[0] != "data":
                    raise Refused(f"This property cannot be expanded ({path}). You may want to try expanding 'data.{path}' instead.")
                for each in shown["data"]:
                    self._expand(kind, each, steps[1:], path)
            else:
                self._expand(kind, shown, steps, path)
        return shown

    def _expand(self, kind: Kind, place: Json, steps: list[str], path: str) -> None:
        name, *rest = steps
        if name not in kind.refers:
            raise Refused(f"This property cannot be expanded ({path}).")
        if isinstance(value := place.get(name), str):
            place[name] = json.loads(json.dumps(self.found(kind.refers[name], value)))
        if rest and isinstance(place.get(name), dict):
            self._expand(next(each for each in kinds if each.name == kind.refers[name]), place[name], rest, path)

    def _get(self, kind: Kind, request: Request, _params: Json) -> Json:
        return self.found(kind.name, request.path_params["id"])

    def _list(self, kind: Kind, _request: Request, params: Json) -> Json:
        known = kind.filters | {"limit": "int", "starting_after": "str", "ending_before": "str"}
        if isinstance(params.get("created"), str):
            params["created"] = {"gte": params["created"], "lte": params["created"]}
        asked = checked(params, known)
        limit, after, before = asked.pop("limit", 10), asked.pop("starting_after", None), asked.pop("ending_before", None)
        if not 1 <= limit <= 100:
            bound = "less than or equal to 100" if limit > 100 else "greater than or equal to 1"
            raise Refused(f"Invalid integer: {limit}; this value must be {bound}", code="parameter_invalid_integer", param="limit")
        if after and before:
            raise Refused("You can only specify one of these parameters: starting_after, ending_before.")
        found = [each for each in self.objects[kind.name] if fits(each, asked)]
        size = min(limit, self.books.page_max)
        if before:
            rest = found[: found.index(self.found(kind.name, before, "ending_before"))]
            page, more = rest[-size:], len(rest) > size
        else:
            rest = found[found.index(self.found(kind.name, after, "starting_after")) + 1 :] if after else found
            page, more = rest[:size], len(rest) > size
        return {"object": "list", "url": f"/v1/{kind.name}", "has_more": more, "data": page}

    def _search(self, kind: Kind, _request: Request, params: Json) -> Json:
        asked = checked(params, {"query": "str", "limit": "int", "page": "str"}, ("query",))
        clauses = search_clauses.findall(asked["query"])
        if not clauses or re.sub(r"\s*(AND|OR)\s*", "", search_clauses.sub("", asked["query"]), flags=re.IGNORECASE).strip():
            raise Refused('We were unable to parse your search query. Try using the format `metadata["key"]:"value"`.', param="query")
        items = self.objects[kind.name][1 if self.unindexed else 0 :]
        either = " OR " in asked["query"].upper()
        found = [each for each in items if (any if either else all)(matches(each, clause) for clause in clauses)]
        start, size = int(asked.get("page") or 0), min(asked.get("limit", 10), self.books.page_max)
        more = len(found) > start + size
        answer = {"object": "search_result", "url": f"/v1/{kind.name}/search", "has_more": more, "data": found[start : start + size]}
        return answer | {"next_page": str(start + size) if more else None}

    def _create(self, kind: Kind, _request: Request, sent: Json) -> Json:
        given = checked(sent, kind.create, kind.required)
        given.pop("expand", None)
        for name, other in kind.refers.items():
            if given.get(name):
                self.found(other, given[name], name)
        special = getattr(self, "_new_" + kind.name.replace("/", "_"), None)
        return special(kind, given) if special else self.add(kind.name, **given)

    def _update(self, kind: Kind, request: Request, sent: Json) -> Json:
        found = self.found(kind.name, request.path_params["id"])
        given = checked(sent, kind.update or {})
        given.pop("expand", None)
        metadata = given.pop("metadata", {})
        found["metadata"] = {} if metadata is None else {k: v for k, v in {**found["metadata"], **metadata}.items() if v}
        found |= given
        if not kind.quiet:
            self.tell(f"{kind.object}.updated", found)
        return found

    def _delete(self, kind: Kind, request: Request, params: Json) -> Json:
        found = self.found(kind.name, request.path_params["id"])
        if kind.name == "subscriptions":
            found |= {"status": "canceled", "canceled_at": found["created"], "ended_at": found["created"]}
            self.tell("customer.subscription.deleted", found)
            return found
        if kind.name == "invoices" and found["status"] != "draft":
            raise Refused("You can only delete draft invoices.", code="invoice_not_editable")
        self.objects[kind.name].remove(found)
        self.happened(params, f"DELETE /{kind.name}/{found['id']}")
        return {"id": found["id"], "object": found["object"], "deleted": True}

    async def _balance(self, _request: Request, _sent: Any) -> Response:
        money = [{"amount": 0, "currency": "usd", "source_types": {"card": 0}}]
        return JSONResponse({"object": "balance", "available": money, "livemode": False, "pending": money})

    async def _account(self, _request: Request, _sent: Any) -> Response:
        return JSONResponse({"id": "acct_1", "object": "account", "email": "ada@example.com", "country": "US", "default_currency": "usd"})

    # Money

    def _new_payment_intents(self, kind: Kind, given: Json) -> Json:
        if given["amount"] < 1:
            raise Refused("This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount")
        if given["amount"] < 50 and given["currency"] != "jpy":
            text = f"Amount must be at least $0.50 {given['currency']}"
            raise Refused(text, code="amount_too_small", param="amount")
        confirm, address = given.pop("confirm", False), given.pop("return_url", None)
        _payable(given.get("payment_method"))
        number = f"{self.books.next():016d}"
        made = self.add(kind.name, **given, id=f"pi_{number}", client_secret=f"pi_{number}_secret_double")
        if made["payment_method"]:
            made["status"] = "requires_confirmation"
        return self._charge(made, address) if confirm else made

    def _confirm(self, kind: Kind, request: Request, sent: Json) -> Json:
        given = checked(sent, {"payment_method": "str", "return_url": "str", "off_session": "bool", "receipt_email": "str"})
        intent = self.found(kind.name, request.path_params["id"])
        if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
            raise _unexpected(intent, "confirm")
        _payable(given.get("payment_method"))
        intent["payment_method"] = given.get("payment_method") or intent["payment_method"]
        return self._charge(intent, given.get("return_url"))

    def _charge(self, intent: Json, address: str | None) -> Json:
        if not intent["payment_method"]:
            text = "You cannot confirm this PaymentIntent because it's missing a payment method."
            raise Refused(text, code="payment_intent_unexpected_state", payment_intent=dict(intent))
        automatic: Json = intent.get("automatic_payment_methods") or {}
        never = automatic.get("allow_redirects") == "never"
        if intent.get("automatic_payment_methods") and not never and not address:
            text = "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. You must provide a `return_url`."
            raise Refused(text)
        if intent["payment_method"].endswith("Declined"):
            intent["status"], intent["payment_method"] = "requires_payment_method", None
            error: Json = {"code": "card_declined", "decline_code": "generic_decline", "message": "Your card was declined."}
            intent["last_payment_error"] = error | {"type": "card_error"}
            self.tell("payment_intent.payment_failed", intent)
            raise Refused(error.pop("message"), status=402, type="card_error", saved=True, payment_intent=dict(intent), **error)
        charge = self.add(
            "charges", amount=intent["amount"], currency=intent["currency"], payment_intent=intent["id"], customer=intent["customer"],
            payment_method=intent["payment_method"], amount_captured=0 if intent["capture_method"] == "manual" else intent["amount"],
        )  # fmt: skip
        intent |= {"latest_charge": charge["id"], "status": "succeeded", "amount_received": intent["amount"]}
        if intent["capture_method"] == "manual":
            intent |= {"status": "requires_capture", "amount_received": 0, "amount_capturable": intent["amount"]}
        else:
            self.tell("payment_intent.succeeded", intent)
        return intent

    def _capture(self, kind: Kind, request: Request, sent: Json) -> Json:
        given = checked(sent, {"amount_to_capture": "int"})
        intent = self.found(kind.name, request.path_params["id"])
        if intent["status"] != "requires_capture":
            raise _unexpected(intent, "capture")
        amount = given.get("amount_to_capture", intent["amount"])
        if amount > intent["amount_capturable"]:
            raise Refused(
                "The provided amount is greater than the amount that can be captured.", code="amount_too_large", param="amount_to_capture"
            )
        intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
        self.tell("payment_intent.succeeded", intent)
        return intent

    def _cancel(self, kind: Kind, request: Request, sent: Json) -> Json:
        given = checked(sent, {"cancellation_reason": "abandoned|duplicate|fraudulent|requested_by_customer"})
        intent = self.found(kind.name, request.path_params["id"])
        if intent["status"] in ("succeeded", "canceled"):
            raise _unexpected(intent, "cancel")
        intent |= {"status": "canceled", "canceled_at": intent["created"], "cancellation_reason": given.get("cancellation_reason")}
        self.tell("payment_intent.canceled", intent)
        return intent

    def _new_refunds(self, kind: Kind, given: Json) -> Json:
        if bool(given.get("charge")) == bool(given.get("payment_intent")):
            raise Refused("One of the following params should be provided for this request: payment_intent or charge.")
        if given.get("payment_intent"):
            given["charge"] = self.found("payment_intents", given["payment_intent"], "payment_intent")["latest_charge"]
            if not given["charge"]:
                raise Refused(f"This PaymentIntent ({given['payment_intent']}) does not have a successful charge to refund.")
        charge = self.found("charges", given["charge"], "charge")
        left = charge["amount"] - charge["amount_refunded"]
        if not left:
            raise Refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
        amount = given.setdefault("amount", left)
        if not 0 < amount <= left:
            raise Refused(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        made = self.add(kind.name, **(given | {"payment_intent": charge["payment_intent"], "currency": charge["currency"]}))
        self.tell("charge.refunded", charge)
        return made

    # Invoices

    def _new_invoices(self, kind: Kind, given: Json) -> Json:
        if given.get("collection_method") == "send_invoice" and not (given.get("due_date") or given.get("days_until_due")):
            text = "If invoice.collection_method is 'send_invoice', you must specify `due_date` or `days_until_due`."
            raise Refused(text, param="days_until_due")
        pending = given.pop("pending_invoice_items_behavior", "exclude") == "include"
        if days := given.pop("days_until_due", None):
            given["due_date"] = int(datetime.now(UTC).timestamp()) + days * 86_400
        made = self.add(kind.name, **given)
        for item in self.objects["invoiceitems"]:
            if pending and item["customer"] == made["customer"] and not item["invoice"]:
                item["invoice"] = made["id"]
        return self._summed(made)

    def _new_invoiceitems(self, kind: Kind, given: Json) -> Json:
        if given.get("invoice") and self.found("invoices", given["invoice"], "invoice")["status"] != "draft":
            raise Refused("The invoice is no longer editable.", code="invoice_not_editable", param="invoice")
        if given.get("price"):
            price = self.found("prices", given.pop("price"), "price")
            given |= {"amount": price["unit_amount"] * given.get("quantity", 1), "currency": price["currency"], "price": price}
        elif given.get("unit_amount") is not None:
            given["amount"] = given.pop("unit_amount") * given.get("quantity", 1)
        if given.get("amount") is None:
            raise Refused("Missing required param: amount.", code="parameter_missing", param="amount")
        made = self.add(kind.name, **given, date=int(datetime.now(UTC).timestamp()))
        if made["invoice"]:
            self._summed(self.found("invoices", made["invoice"]))
        return made

    def _summed(self, invoice: Json) -> Json:
        items = [each for each in self.objects["invoiceitems"][::-1] if each["invoice"] == invoice["id"]]
        total = sum(each["amount"] for each in items)
        lines = [
            {"id": "il_" + each["id"][3:], "object": "line_item", "invoice_item": each["id"]}
            | {name: each[name] for name in ("amount", "currency", "description", "quantity")}
            for each in items
        ]
        paid = invoice["amount_paid"]
        invoice |= {"amount_due": total, "amount_remaining": total - paid, "subtotal": total, "total": total}
        invoice["lines"] = {"object": "list", "data": lines, "has_more": False, "url": f"/v1/invoices/{invoice['id']}/lines"}
        return invoice

    def _finalize(self, kind: Kind, request: Request, sent: Json) -> Json:
        checked(sent, {"auto_advance": "bool"})
        invoice = self.found(kind.name, request.path_params["id"])
        if invoice["status"] != "draft":
            raise Refused("This invoice is already finalized, you can't re-finalize a non-draft invoice.", code="invoice_not_editable")
        place = f"https://invoice.stripe.com/i/acct_1/{invoice['id']}"
        invoice |= {
            "status": "open",
            "number": f"7FE1103-{self.books.next():04d}",
            "hosted_invoice_url": place,
            "invoice_pdf": place + "/pdf",
        }
        self.tell("invoice.finalized", invoice)
        if not invoice["amount_due"]:
            invoice |= {"status": "paid", "paid": True}
        return invoice

    def _send(self, kind: Kind, request: Request, sent: Json) -> Json:
        checked(sent, {})
        invoice = self.found(kind.name, request.path_params["id"])
        if invoice["collection_method"] != "send_invoice":
            raise Refused("You can only manually send an invoice if its collection method is 'send_invoice'.")
        if invoice["status"] == "draft":
            self._finalize(kind, request, {})
        self.tell("invoice.sent", invoice)
        return invoice

    def _pay(self, kind: Kind, request: Request, sent: Json) -> Json:
        given = checked(sent, {"payment_method": "str", "paid_out_of_band": "bool", "off_session": "bool"})
        invoice = self.found(kind.name, request.path_params["id"])
        if invoice["status"] == "paid":
            raise Refused("Invoice is already paid", code="invoice_already_paid")
        if not (given.get("paid_out_of_band") or given.get("payment_method") or invoice.get("default_payment_method")):
            raise Refused("There is no `default_payment_method` set on this Customer or Invoice.", code="missing")
        invoice |= {"status": "paid", "paid": True, "amount_paid": invoice["amount_due"], "amount_remaining": 0, "attempted": True}
        self.tell("invoice.paid", invoice)
        return invoice

    def _void(self, kind: Kind, request: Request, sent: Json) -> Json:
        checked(sent, {})
        invoice = self.found(kind.name, request.path_params["id"])
        if invoice["status"] not in ("open", "uncollectible"):
            raise Refused("You can only pass in open or uncollectible invoices.", code="invoice_not_editable")
        invoice["status"] = "void"
        self.tell("invoice.voided", invoice)
        return invoice

    # What is sold

    def _new_subscriptions(self, kind: Kind, given: Json) -> Json:
        items: list[Json] = given.pop("items", None) or []
        if not items:
            raise Refused("Missing required param: items.", code="parameter_missing", param="items")
        prices = [self.found("prices", each.get("price"), f"items[{index}][price]") for index, each in enumerate(items)]
        if once := next((price for price in prices if not price["recurring"]), None):
            raise Refused(f"The price specified is set to `type=one_time`: {once['id']}", param="items[0][price]")
        days, behavior = given.pop("trial_period_days", None), given.pop("payment_behavior", "allow_incomplete")
        by_invoice = given.get("collection_method") == "send_invoice"
        if by_invoice and not given.get("days_until_due"):
            raise Refused("If subscription.collection_method is 'send_invoice', you must specify `days_until_due`.", param="days_until_due")
        if not (days or by_invoice or given.get("default_payment_method") or behavior == "default_incomplete"):
            text = "This customer has no attached payment source or default payment method."
            raise Refused(text, code="resource_missing")
        paid = by_invoice or given.get("default_payment_method")
        given["status"] = "trialing" if days else "active" if paid else "incomplete"
        now = int(datetime.now(UTC).timestamp())
        made = self.add(kind.name, **given, start_date=now, billing_cycle_anchor=now, trial_end=now + days * 86_400 if days else None)
        lines = [
            {"id": f"si_{self.books.next():014d}", "object": "subscription_item", "price": price, "quantity": int(each.get("quantity", 1))}
            for each, price in zip(items, prices, strict=True)
        ]
        made["items"] = {"object": "list", "data": lines, "has_more": False, "url": f"/v1/subscription_items?subscription={made['id']}"}
        return made

    def _new_products(self, kind: Kind, given: Json) -> Json:
        if any(each["id"] == given.get("id") for each in self.objects[kind.name]):
            raise Refused("Product already exists.", code="resource_already_exists", param="id")
        price = given.pop("default_price_data", None)
        made = self.add(kind.name, **given)
        if price:
            values = checked(price, {"currency": "str", "unit_amount": "int", "recurring": "map"}, ("currency",))
            made["default_price"] = self._priced({"product": made["id"], **values})["id"]
        return made

    def _new_prices(self, kind: Kind, given: Json) -> Json:
        if bool(given.get("product")) == bool(given.get("product_data")):
            raise Refused("You must specify one of `product` or `product_data`.", code="parameter_missing", param="product")
        if data := given.pop("product_data", None):
            given["product"] = self.add("products", **data)["id"]
        return self._priced(given)

    def _priced(self, given: Json) -> Json:
        if given.get("unit_amount") is None:
            raise Refused("You must specify either `unit_amount` or `unit_amount_decimal`.", code="parameter_missing", param="unit_amount")
        recurring = given.pop("recurring", None)
        if recurring and recurring.get("interval") not in ("day", "week", "month", "year"):
            raise Refused("Invalid recurring[interval]: must be one of month, year, week, or day", param="recurring[interval]")
        every = {"interval_count": 1, "usage_type": "licensed"} | recurring if recurring else None
        kind = "recurring" if recurring else "one_time"
        return self.add("prices", **given, recurring=every, type=kind, unit_amount_decimal=str(given["unit_amount"]))

    def _new_checkout_sessions(self, kind: Kind, given: Json) -> Json:
        mode = given.setdefault("mode", "payment")
        lines: list[Json] = given.pop("line_items", None) or []
        if mode != "setup" and not lines:
            raise Refused(f"Missing required param: line_items. It is needed in {mode} mode.", code="parameter_missing", param="line_items")
        if not (given.get("success_url") or "").startswith(("http://", "https://")):
            text = "Not a valid URL" if given.get("success_url") else "Missing required param: success_url."
            raise Refused(text, code="url_invalid" if given.get("success_url") else "parameter_missing", param="success_url")
        total = self._total(lines)
        number = f"{self.books.next():016d}"
        made = self.add(kind.name, **given, id=f"cs_test_{number}", amount_total=total, amount_subtotal=total)
        made |= {"url": f"https://checkout.stripe.com/c/pay/{made['id']}", "expires_at": made["created"] + 86_400}
        return made

    def _total(self, lines: list[Json]) -> int:
        total = 0
        for index, line in enumerate(lines):
            data: Json = line.get("price_data") or {}
            amount: Any = data.get("unit_amount")
            if amount is None:
                amount = self.found("prices", line.get("price"), f"line_items[{index}][price]")["unit_amount"]
            if not str(line.get("quantity", "")).isdecimal():
                raise Refused("Quantity is required.", code="parameter_missing", param=f"line_items[{index}][quantity]")
            total += int(amount) * int(line["quantity"])
        return total

    def _new_payment_links(self, kind: Kind, given: Json) -> Json:
        if any(each.get("price_data") for each in given["line_items"]):
            raise Refused(
                "Received unknown parameter: line_items[0][price_data]", code="parameter_unknown", param="line_items[0][price_data]"
            )
        self._total(given.pop("line_items"))
        made = self.add(kind.name, **given)
        return made | {"url": f"https://buy.stripe.com/test_{made['id'][6:]}"}

    def _new_webhook_endpoints(self, kind: Kind, given: Json) -> Json:
        if not given["url"].startswith("https://"):
            raise Refused("Invalid URL: Webhook URLs must use HTTPS.", code="url_invalid", param="url")
        made = self.add(kind.name, **given)
        # Only this answer has the secret.
        return made | {"secret": f"whsec_{made['id'][3:]}"}


def signed(payload: bytes, *secrets: str, at: datetime | None = None) -> dict[str, str]:
    """The headers of a webhook: a signature for each secret that is in force, and one of the scheme that is only for tests (`v0`)."""
    time = str(int((at or datetime.now(UTC)).timestamp()))
    made = [hmac.new(secret.encode(), time.encode() + b"." + payload, hashlib.sha256).hexdigest() for secret in secrets]
    parts = [f"t={time}", *(f"v1={each}" for each in made), "v0=" + "6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39"]
    return {"stripe-signature": ",".join(parts), "content-type": "application/json; charset=utf-8"}


def _payable(method: str | None) -> None:
    if method and not method.startswith(("pm_", "card_", "src_")):
        raise Refused(f"No such PaymentMethod: '{method}'", code="resource_missing", param="payment_method")


def _unexpected(intent: Json, what: str) -> Refused:
    text = f"You cannot {what} this PaymentIntent because it has a status of {intent['status']}."
    return Refused(text, code="payment_intent_unexpected_state", payment_intent=dict(intent))


def _no(refused: Refused, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": refused.error}, refused.status, headers)
