"""What a caretaker noticed, in their own name, for an audience they see."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from luna.escalation import writing
from luna.intake import actions, forms, plans
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused


@access.page("caretaker")
@require_http_methods(["GET", "POST"])
def noticed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Write down what one noticed, and see what one wrote before."""
    if not viewer.kinds:  # between two series, or no longer let in: there is nothing here
        raise Http404
    refused, client_id = None, forms.form_id(request)
    if request.method == "POST":
        try:
            actions.notice(
                viewer=viewer,
                audience=request.POST.get("audience", ""),
                written=forms.written(request),
                client_id=client_id,
                now=request.now,
            )
        except Refused as refusal:
            refused = refusal
        else:
            if (step := writing.called(viewer, client_id)) is not None:
                return redirect(writing.told_url(step, request.path))
            messages.success(request, _("Sent. Somebody reads it in opening hours."))
            return redirect("noticed")
    called = writing.called(viewer, client_id) if refused else None
    name = viewer.patient.first_name
    found = {
        "audiences": [(code, str(words) % {"name": name}) for code, words in forms.AUDIENCES],
        "rows": plans.collateral_of(viewer, viewer.patient),
        "around": writing.around(viewer, request.now, called=called),
        "refused": refused,
        "typed": request.POST if refused else {},
        "client_id": client_id,
        "now": request.now,
    }
    return render(request, "intake/noticed.html", found, status=422 if refused else 200)
