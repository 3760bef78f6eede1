"""Calls to make: whom no message reaches, what to say to each, and who was told."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from luna.audit import actions as audit
from luna.careplan import plans
from luna.notices import actions as notices
from luna.notices import forms
from luna.notices.models import Notice
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.people.forms.fields import form_id
from luna.treatment import actions as treatment


@access.page("staff")
@require_http_methods(["GET", "POST"])
def calls(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List whom to phone because no message reaches them, and what for; tick off who was told."""
    problems: list[str] = []
    number = request.POST.get("page") or request.GET.get("page", "1")
    if request.method == "POST":
        problems = note(request, viewer)
        if not problems:
            messages.success(request, _("Noted. It is off the list."))
            return redirect(f"{reverse('calls')}?{urlencode({'page': number})}")
    page = plans.callees(viewer, number, request.now)
    audit.read_all("list.calls", by=viewer, subjects=[one.patient for one in page], now=request.now)
    found = {"page": page, "errors": [(None, one) for one in problems], "now": request.now}
    return render(request, "careplan/calls.html", found, status=422 if problems else 200)


def note(request: HttpRequest, viewer: Viewer) -> list[str]:
    """Write down what staff told somebody on the phone, as they ticked it; return what was not, and why."""
    chosen, keys = forms.chosen(request, "one"), request.POST.getlist("call")
    if not chosen and not keys:
        return [_("Tick what you told them first.")]
    problems = []
    for key in keys:
        try:
            treatment.told_by_phone(key=key, viewer=viewer, now=request.now, to_make=plans.to_call)
        except Refused as refusal:
            problems.append(refusal.message)
    if chosen:
        form = {"viewer": viewer, "client_id": form_id(request), "now": request.now}
        try:
            problems += forms.named(notices.told_otherwise(chosen, **form))
        except Notice.DoesNotExist:
            raise Http404 from None
    if problems and len(problems) < len(keys) + len(chosen):
        problems.append(_("The others are noted."))
    return problems
