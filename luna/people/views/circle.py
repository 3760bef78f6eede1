"""Who is with the patient: invite, see what each sees, take out, leave, and who looked."""

from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from luna.audit import actions as audit
from luna.people import access, plans
from luna.people.access import Viewer
from luna.people.actions import circle as actions
from luna.people.actions import invitations
from luna.people.errors import Refused
from luna.people.forms import circle as forms
from luna.people.forms.fields import shown_phone
from luna.people.models import CircleMember, Invitation
from luna.people.sharing import Tell


@access.page("patient", "caretaker", "therapist")
@require_GET
def circle(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show a patient who is in and what each sees; show a caretaker what is shared with them."""
    audit.read("circle.read", by=viewer, subject=viewer.patient, now=request.now)
    return _circle(request, viewer)


@access.page("patient", fresh=True)
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ask somebody to be a caretaker."""
    return _invite(request, viewer, forms.Invite(request.POST or None), Invitation.Role.CARETAKER)


@access.page("patient", fresh=True)
@require_http_methods(["GET", "POST"])
def invite_therapist(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ask an outside therapist in, who sees the times and no more until the patient says so."""
    form = forms.InviteTherapist(request.POST or None)
    return _invite(request, viewer, form, Invitation.Role.THERAPIST)


@access.page("patient")
@require_POST
def answer(request: HttpRequest, viewer: Viewer, invitation_id: UUID) -> HttpResponse:
    """Send an invitation again, take it back, or say yes or no to another address."""
    invitation = get_object_or_404(Invitation.objects.visible_to(viewer), pk=invitation_id)
    form = forms.Answer(request.POST)
    if form.is_valid() and form.widens and not access.is_fresh(request):
        raise access.NotFresh
    problem = form.apply(invitation, by=viewer, now=request.now)
    if problem:
        return _circle(request, viewer, problem)
    messages.success(request, form.said)
    return redirect("circle")


@access.page("patient")
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, viewer: Viewer, member_id: UUID) -> HttpResponse:
    """Take somebody out of the circle, at once; without telling them unless the patient wants it told."""
    member = get_object_or_404(CircleMember.objects.visible_to(viewer).select_related("user"), pk=member_id)
    if request.method == "POST":
        actions.revoke(member=member, by=viewer, tell=Tell(request.POST.get("tell")), now=request.now)
        words = _("%(name)s sees nothing more from now on.") % {"name": member.user.first_name}
        messages.success(request, words)
        return redirect("circle")
    return render(request, "people/circle_remove.html", {"member": member})


@access.page("caretaker", "therapist")
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Leave the circle, without having to say why. Who was taken out cannot tell that they were."""
    if viewer.member.state in access.AWAY:
        return redirect("circle")
    if request.method == "POST":
        actions.leave(by=viewer, now=request.now)
        del request.session["capacity"]
        messages.success(request, _("You have left. Thank you for what you did."))
        return redirect("start")
    return render(request, "people/circle_leave.html", {"first_name": viewer.patient.first_name})


@access.page("patient")
@require_GET
def who_looked(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show a patient who opened or changed their record, in words."""
    audit.read("audit.read", by=viewer, subject=viewer.patient, now=request.now)
    own = "own" in request.GET
    lines = plans.who_looked(viewer, number=request.GET.get("page", "1"), own=own)
    return render(request, "people/who_looked.html", {"lines": lines, "own": own, "now": request.now})


def _invite(request: HttpRequest, viewer: Viewer, form: Form, role: str) -> HttpResponse:
    if form.is_valid():
        try:
            invited = invitations.invite(
                patient=viewer.patient, role=role, by=viewer, now=request.now, **form.cleaned_data
            )
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("We are writing to %(name)s now.") % {"name": invited.name})
            return redirect("circle")
    context = {"form": form, "role": role}
    return render(request, "people/invite.html", context, status=422 if form.errors else 200)


def _circle(request: HttpRequest, viewer: Viewer, problem: object = None) -> HttpResponse:
    status = 422 if problem else 200
    if viewer.capacity_kind != "patient":
        context = {
            "shares": plans.shares(viewer.member),
            "is_in": bool(viewer.kinds),
            "may_leave": viewer.member.state not in access.AWAY,
            "clinic_phone": shown_phone(viewer.clinic.phone, viewer.clinic.country),
        }
        return render(request, "people/circle_caretaker.html", context, status=status)
    context = {
        "members": plans.members(viewer.patient),
        "helps": plans.HELPS_YOU,
        "invitations": plans.invitations_of(viewer.patient, request.now),
        "former": plans.former(viewer.patient, request.now),
        "waits": not plans.may_sign(viewer.patient, request.now),
        "errors": [(None, problem)] if problem else [],
        "now": request.now,
    }
    return render(request, "people/circle.html", context, status=status)
