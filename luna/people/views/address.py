"""Undo a change of somebody's sign-in address, as the clinic does it for them."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from luna.people.access import Viewer
from luna.people.actions import address
from luna.people.errors import Refused
from luna.people.models import Patient, User


def put_back(
    request: HttpRequest, viewer: Viewer, person: User, *, patient: Patient | None, back: str
) -> HttpResponse:
    """Show the last change that can be undone, and undo it. Raises Http404 when there is none.

    patient: whose chart it is asked on, None for a colleague. back: where to go afterwards.
    """
    change = address.undoable([person.pk], now=request.now).get(person.pk)
    if change is None:
        raise Http404
    problem = None
    if request.method == "POST":
        try:
            address.undo_for(change, patient=patient, by=viewer, now=request.now)
        except Refused as refused:
            problem = refused.message
        else:
            messages.success(request, _("%(name)s’s old address is back.") % {"name": person.name})
            return redirect(back)
    errors = [(None, problem)] if problem else []
    context = {"person": person, "change": change, "back": back, "errors": errors}
    return render(request, "people/put_address_back.html", context, status=422 if problem else 200)
