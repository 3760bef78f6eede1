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
    "clinic.found": _("set up the clinic"),
    # Treatment and plan
    "protocol.sign": _("signed a protocol"),
    "triage.sign": _("signed the triage rules"),
    "emergency.sign": _("signed the emergency numbers"),
    "series.start": _("started {whose} series"),
    "series.stop": _("stopped {whose} series"),
    "infusion.book": _("booked {whose} infusion"),
    "infusion.move": _("moved {whose} infusion"),
    "infusion.cancel": _("cancelled {whose} infusion"),
    "infusion.say": _("noted a moment of {whose} infusion"),
    "infusion.take-back": _("took back a moment of {whose} infusion"),
    "task.mark": _("marked a step of {whose} plan"),
    # At home, and calls for help
    "watch.start": _("said that {whose} time at home began"),
    "watch.take-over": _("took over {whose} watch at home"),
    "check-in.submit": _("answered {whose} check-in"),
    "escalation.open": _("called the clinic’s attention"),
    "escalation.repeat": _("called the clinic’s attention again"),
    "escalation.climb": _("called the next person at the clinic"),
    "escalation.acknowledge": _("took on a call for attention"),
    "escalation.hand-over": _("handed over a call for attention"),
    "escalation.accept": _("took over a call for attention"),
    "escalation.close": _("closed a call for attention"),
    "ladder.change": _("changed who is told when someone needs help"),
    "notice.resend": _("sent a message again"),
    "notice.told": _("noted that someone was told by phone"),
    # Signing in
    "sign-in": _("signed in"),
    "sign-in.end-others": _("signed out all other devices"),
    "pin.set": _("chose a PIN"),
    "pin.change": _("changed the PIN"),
    "pin.reset": _("helped someone who lost their PIN"),
    "second-factor.reset": _("helped someone who lost their second factor"),
    "method.add": _("added a passkey, an app or codes to sign in with"),
    "method.remove": _("removed a passkey or an app to sign in with"),
    "set-up.code": _("used a code from the clinic"),
    "profile.change": _("changed their own name, place or language"),
    "contact.change": _("changed their sign-in address"),
    "contact.undo": _("took back a change of sign-in address"),
    # The installation
    "database.restore": _("restored a backup"),
}
