"""From the link in a message to the first page of one's own: invitation, code, joining, welcome.

Before the code sent to the invited address is typed, a page shows a first name and nothing else.
Looking at a link changes nothing: mail scanners look at every link.
"""

from functools import wraps

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from luna.people import access, adapters, plans, sessions, tokens
from luna.people.access import Viewer
from luna.people.actions import circle as actions
from luna.people.actions import invitations
from luna.people.errors import Refused
from luna.people.forms import circle as forms
from luna.people.forms.fields import shown_phone
from luna.people.models import Invitation, Token

HELD = "invitation"  # where a browser's session keeps which invitation its link was for


@access.public
@never_cache
@require_GET
def link(request: HttpRequest, secret: str) -> HttpResponse:
    """Swap a secret link for a place in this browser's session and an address without a secret."""
    token = tokens.find(Token.Purpose.INVITE, secret, request.now)
    if token is None:
        return _closed(request, None)
    request.session[HELD] = token.subject_id.hex
    return redirect("invitation")


def with_invitation(view: access.View) -> access.View:
    """Open a view to any browser that followed a working link, and pass it the invitation.

    One answered or taken back while the view works is told as any other that is over.
    """

    @access.public
    @never_cache
    @wraps(view)
    def inner(request: HttpRequest) -> HttpResponse:
        invitation = plans.invitation(request.session.get(HELD, ""))
        if invitation is None or not invitation.is_open(request.now):
            return _closed(request, invitation)
        try:
            return view(request, invitation)
        except Refused:
            return _closed(request, plans.invitation(invitation.pk.hex))

    return inner


@with_invitation
@require_GET
def invitation(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Ask whether to join, knowing a first name only."""
    if _is_for(request, invitation):
        return redirect("invitation-accept")
    return _ask(request, invitation)


@with_invitation
@require_POST
def code(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Send a sign-in code to the invited address, and ask for it in this browser."""
    if request.user.is_authenticated:
        logout(request)  # somebody else was signed in here
        request.session[HELD] = invitation.id.hex
    if not adapters.may_ask(request, invitation.email):
        return _ask(request, invitation, _("That was many codes. Wait 10 minutes, then ask for a new one."))
    try:
        user = invitations.account_for(invitation, request.now)
        adapters.send_code(request, user, user.email)
    except OSError:
        return _ask(request, invitation, _("We could not send the code just now. Try again in a minute."))
    onward = urlencode({"next": reverse("invitation-accept")})
    return redirect(f"{reverse('account_confirm_login_code')}?{onward}")


@with_invitation
@require_http_methods(["GET", "POST"])
def decline(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Say no. Nobody has to sign in for that, or to say why."""
    if request.method == "POST":
        invitations.decline(invitation=invitation, now=request.now)
        del request.session[HELD]
        return render(request, "people/invitation_declined.html", {"first_name": _first_name(invitation)})
    return render(request, "people/invitation_decline.html", {"first_name": _first_name(invitation)})


@with_invitation
@require_http_methods(["GET", "POST"])
def other_address(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Ask the inviter to send the invitation to another address."""
    form = forms.OtherAddress(request.POST or None)
    context = {"form": form, "first_name": _first_name(invitation), "by_clinic": _is_by_clinic(invitation)}
    if form.is_valid():
        invitations.want_other_email(invitation=invitation, email=form.cleaned_data["email"], now=request.now)
        return render(request, "people/invitation_asked.html", context)
    return render(request, "people/invitation_other.html", context, status=422 if form.errors else 200)


@with_invitation
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Join, as the owner of the invited address: name, place, whose phone this is."""
    if not _is_for(request, invitation):
        return redirect("invitation")
    is_patient = invitation.role == Invitation.Role.PATIENT
    is_caretaker = invitation.role == Invitation.Role.CARETAKER
    form = forms.Accept(
        request.POST or None,
        initial={"name": request.user.name, "zone": request.user.zone or invitation.clinic.zone},
        country=invitation.clinic.country,
        patient_name=invitation.patient.first_name if is_caretaker else "",
    )
    if form.is_valid():
        try:
            return _join(request, invitation, form)
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
    context = {
        "form": form,
        "clinic_name": invitation.clinic.name,
        "phone": shown_phone(invitation.clinic.phone, invitation.clinic.country),
        "first_name": _first_name(invitation),
        "is_patient": is_patient,
        "is_caretaker": is_caretaker,
    }
    return render(request, "people/accept.html", context, status=422 if form.errors else 200)


@access.page("patient", "caretaker")
@require_GET
def welcome(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Thank a caretaker, or greet a patient, in the name of somebody at the clinic."""
    return render(request, "people/welcome.html", {"by": viewer.clinic.welcome_name})


@access.page("caretaker")
@require_http_methods(["GET", "POST"])
def part(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Say what a caretaker does, and what the patient shares with them."""
    if not viewer.kinds:
        return redirect("circle")
    if request.method == "POST":
        actions.welcomed(by=viewer, now=request.now)
        return redirect("/now")
    phone = shown_phone(viewer.clinic.phone, viewer.clinic.country)
    context = {"shares": plans.shares(viewer.member), "clinic_phone": phone}
    return render(request, "people/part.html", context)


def _join(request: HttpRequest, invitation: Invitation, form: forms.Accept) -> HttpResponse:
    typed = form.cleaned_data
    capacity = actions.accept(
        invitation=invitation,
        user=request.user,
        name=typed["name"],
        zone=typed["zone"],
        helping=form.helping if invitation.role == Invitation.Role.CARETAKER else None,
        now=request.now,
    )
    del request.session[HELD]
    sessions.own_device(request.session, typed["own_device"] == "yes")
    sessions.act_as(request.session, capacity)
    return redirect("therapy" if invitation.role == Invitation.Role.THERAPIST else "welcome")


def _ask(request: HttpRequest, invitation: Invitation, problem: str = "") -> HttpResponse:
    context = {
        "first_name": _first_name(invitation),
        "is_patient": invitation.role == Invitation.Role.PATIENT,
        "is_therapist": invitation.role == Invitation.Role.THERAPIST,
        "someone_else": request.user.is_authenticated,
        "errors": [(None, problem)] if problem else [],
    }
    return render(request, "people/invitation.html", context, status=422 if problem else 200)


def _closed(request: HttpRequest, invitation: Invitation | None) -> HttpResponse:
    """Say what to do now. Who never held a working link learns only that this one does not work."""
    reason = "unknown"
    if invitation is not None:
        reason = "expired" if invitation.state == Invitation.State.PENDING else invitation.state
    request.session.pop(HELD, None)
    return render(request, "people/invitation_closed.html", {"reason": reason}, status=410)


def _is_for(request: HttpRequest, invitation: Invitation) -> bool:
    return request.user.is_authenticated and request.user.email.lower() == invitation.email.lower()


def _is_by_clinic(invitation: Invitation) -> bool:
    return invitation.invited_by_id != invitation.patient.user_id


def _first_name(invitation: Invitation) -> str:
    return invitation.patient.first_name
