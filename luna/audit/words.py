"""What an audit line says to a person. Every verb the code writes has its sentence here.

A sentence follows a name: "Nia Noor, nurse, | opened your chart". `{whose}` is "your" for the
patient and the patient's name, with its ending, for staff.
"""

from django.utils.translation import gettext_lazy as _

VERBS = {
    # Looking
    "chart.read": _("opened {whose} chart"),
    "plan.read": _("looked at {whose} plan"),
    "circle.read": _("looked at {whose} circle"),
    "audit.read": _("looked at who opened {whose} record"),
    # The circle
    "invitation.create": _("invited someone to {whose} circle"),
    "invitation.resend": _("sent an invitation to {whose} circle again"),
    "invitation.chase": _("sent an invitation to {whose} circle again"),
    "invitation.accept": _("accepted an invitation to {whose} circle"),
    "invitation.decline": _("declined an invitation to {whose} circle"),
    "invitation.cancel": _("took back an invitation to {whose} circle"),
    "invitation.other-address": _("asked to get an invitation at another address"),
    "invitation.approve-address": _("agreed to another address for an invitation"),
    "invitation.refuse-address": _("said no to another address for an invitation"),
    "circle.leave": _("left {whose} circle"),
    "circle.revoke": _("took someone out of {whose} circle"),
    # The chart and the clinic
    "patient.add": _("made {whose} chart"),
    "patient.change": _("changed {whose} name or contacts"),
    "clinic.change": _("changed the clinic’s settings"),
    "clinic.hours": _("changed the clinic’s hours"),
    "closed-day.add": _("added a closed day"),
    "closed-day.remove": _("took back a closed day"),
    "chair.add": _("added a chair"),
    "chair.change": _("changed a chair"),
    "staff.add": _("added someone to the staff"),
    "staff.change": _("changed what a member of staff may do"),
    "staff.deactivate": _("ended someone’s place on the staff"),
}
