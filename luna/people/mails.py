"""The messages about signing in itself: codes, and changes to how somebody signs in.

They go out directly, not through the ledger of notices: a code is of no use a minute later, and
a change nobody could be told of must not happen, so whoever asked waits for the mail to be taken.
They name no clinic, no patient and no treatment. Each function raises OSError when no mail
server takes the message.
"""

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from luna.people.models import ContactChange, User


def code(to: str, number: str) -> None:
    """Send the code that signs a person in."""
    _send(
        to,
        _("Your sign-in code"),
        _("Your code is %(code)s") % {"code": number},
        _("It works for 10 minutes, in the browser that asked for it."),
        _("Nobody from Luna or your clinic will ever ask you for it."),
        _("If you did not ask for a code, you need do nothing."),
    )


def no_account(to: str) -> None:
    """Tell an address that someone tried to sign in with it, so that asking is as slow as a code."""
    _send(
        to,
        _("About signing in"),
        _("Someone, perhaps you, asked for a sign-in code for this address."),
        _("No account uses it. If you were invited at another address, use that one."),
        _("If it was not you, you need do nothing."),
    )


def new_address(to: str, number: str) -> None:
    """Send the code that proves a new address is read by the person who gave it."""
    _send(
        to,
        _("Your code for the new address"),
        _("Your code is %(code)s") % {"code": number},
        _("Type it on the page where you changed your e-mail address. It works for 10 minutes."),
        _("If you did not ask for this, you need do nothing."),
    )


def address_in_use(to: str) -> None:
    """Tell an address that it cannot sign in to a second account."""
    _send(
        to,
        _("About your account"),
        _("Someone, perhaps you, asked to use this address for another account."),
        _("It signs in to an account already, so nothing was changed."),
        _("If it was not you, you need do nothing."),
    )


def methods_changed(user: User, what: str) -> None:
    """Tell a person that how they sign in changed. what: one sentence."""
    with translation.override(user.language):
        _send(
            user.email,
            _("Your sign-in changed"),
            what,
            _("Was it not you? Call your clinic now."),
        )


def address_changed(change: ContactChange, secret: str) -> None:
    """Tell the old address, with the link that takes the change back."""
    with translation.override(change.user.language):
        _send(
            change.old_email,
            _("Your e-mail address was changed"),
            _("The address you sign in with was changed. This one no longer works for signing in."),
            _("Was it not you? Take it back within 3 days:"),
            f"{settings.LUNA_BASE_URL}/undo/{secret}",
            _("Then call your clinic."),
        )


def address_changed_for_clinic(to: str, page: str) -> None:
    """Tell the clinic that somebody's sign-in address changed. page: where to see whose."""
    _send(
        to,
        _("A sign-in address was changed"),
        _("Someone your clinic works with changed the address they sign in with. See who it is:"),
        f"{settings.LUNA_BASE_URL}{page}",
        _("If you did not expect it, call them on the number you have."),
    )


def number_changed(user: User, link: str) -> None:
    """Tell a person that their number is another one or none now, with the link that takes that back."""
    with translation.override(user.language):
        _send(
            user.email,
            _("Your phone number was changed"),
            _("The number we write to or call was given, changed or taken away."),
            _("Was it not you? Take it back within 3 days:"),
            link,
            _("Then call your clinic."),
        )


def number_changed_for_clinic(to: str, page: str) -> None:
    """Tell the clinic that somebody's number changed. page: where to see whose."""
    _send(
        to,
        _("A phone number was changed"),
        _("Someone your clinic works with changed the number for their text messages, or took it away."),
        _("See who it is:"),
        f"{settings.LUNA_BASE_URL}{page}",
        _("If you did not expect it, call them on the number you have."),
    )


def number_put_back(user: User, *, waits: bool) -> None:
    """Tell a person that a change of their number was taken back. waits: their old number is not back yet."""
    with translation.override(user.language):
        if waits:
            title = _("Your phone number was taken away")
            what = _("The new number was taken away. Your old one can be put back later.")
        else:
            title = _("Your phone number was put back")
            what = _("The change of the number we write to or call was taken back.")
        devices, surprise = (
            _("Every device was signed out."),
            _("If you did not expect this, call your clinic."),
        )
        _send(user.email, title, what, devices, surprise)


def address_put_back(to: str) -> None:
    """Tell both addresses that a change was taken back."""
    _send(
        to,
        _("Your e-mail address was put back"),
        _("The change of the address you sign in with was taken back. Every device was signed out."),
        _("If you did not expect this, call your clinic."),
    )


def _send(to: str, subject: str, *paragraphs: str) -> None:
    EmailMessage(subject=subject, body="\n\n".join(paragraphs), to=[to]).send()
