"""What each person in a circle sees: the patient chooses it, and looks at it as they do."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, get_script_prefix, resolve, reverse, set_script_prefix
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from luna.audit import actions as audit
from luna.people import access, plans, sharing
from luna.people.access import Viewer
from luna.people.actions import sharing as actions
from luna.people.errors import Refused
from luna.people.forms.sharing import Sharing
from luna.people.models import CircleMember

PREVIEW = "now"  # the page a preview begins with


@access.page("patient")
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Choose what each person sees: a preset, or kind by kind; and who stays after the series."""
    audit.read("circle.read", by=viewer, subject=viewer.patient, now=request.now)
    form = Sharing(request.POST if request.method == "POST" else None, _members(viewer))
    problem = None
    if request.method == "POST" and form.is_valid():
        choices = form.choices()
        if actions.widens(choices, viewer.patient) and not access.is_fresh(request):
            raise access.NotFresh
        try:
            changed = actions.choose(choices=choices, by=viewer, now=request.now)
        except Refused as refused:
            problem = None if form.refuse(refused) else refused.message
        else:
            _say(request, changed)
            return redirect("sharing")
    errors = [*form.errors, *([(None, problem)] if problem else [])]
    context = {
        "sharing": form,
        "presets": sharing.PRESETS,
        "ends_at": viewer.patient.sharing_ends_at,
        "clinic_name": viewer.clinic.name,
        "errors": errors,
        "now": request.now,
    }
    return render(request, "people/sharing.html", context, status=422 if errors else 200)


@access.page("patient")
@require_GET
def who_sees(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show a patient who can see what, kind by kind."""
    audit.read("circle.read", by=viewer, subject=viewer.patient, now=request.now)
    context = {"members": _members(viewer), "kinds": plans.who_sees(_members(viewer))}
    return render(request, "people/who_sees.html", context)


@access.page("patient")
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, viewer: Viewer, member_id: UUID, rest: str = PREVIEW) -> HttpResponse:
    """Show the patient a page as one person in their circle gets it; nothing can be sent from there."""
    rows = CircleMember.objects.visible_to(viewer).filter(state=CircleMember.State.ACTIVE)
    member = get_object_or_404(rows.select_related("user", "clinic", "patient"), pk=member_id)
    audit.read("circle.preview", by=viewer, subject=member, now=request.now)
    if request.method == "POST":
        return _closed(request, member, status=403)
    try:
        found = resolve(f"/{rest}")
    except Resolver404:
        raise Http404 from None
    kinds = getattr(found.func, "capacities", ())
    if kinds == ("public",):
        return redirect(f"/{rest}")  # what is open to anyone is nobody's to look at as somebody else
    if member.role not in kinds or getattr(found.func, "fresh", False):
        return _closed(request, member)
    # Whatever a page notes when it is opened, such as a receipt, is undone: only looking was meant.
    before, request.viewer = get_script_prefix(), access.as_seen_by(viewer, member)
    set_script_prefix(reverse("preview", args=[member.pk]))
    try:
        with transaction.atomic():
            response = found.func(request, *found.args, **found.kwargs)
            transaction.set_rollback(True)
    finally:
        set_script_prefix(before)
    return response


def _members(viewer: Viewer) -> list[CircleMember]:
    return [member for member, _shares in plans.members(viewer.patient)]


def _closed(request: HttpRequest, member: CircleMember, status: int = 200) -> HttpResponse:
    return render(request, "people/preview_closed.html", {"member": member}, status=status)


def _say(request: HttpRequest, changed: list[CircleMember]) -> None:
    if not changed:
        messages.info(request, _("Nothing was changed: it was so already."))
    for member in changed:
        words = _("Saved. %(name)s sees only what is ticked, from now on.")
        if not member.kinds:
            words = _("Saved. %(name)s sees nothing from now on.")
        messages.success(request, words % {"name": member.user.first_name})
