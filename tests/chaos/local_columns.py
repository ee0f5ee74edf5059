"""Columns that two clean runs fill otherwise: all that the state hash leaves out, and why."""

MADE_HERE = """
    company.id contract.id contract.company_id
    enrolment.id enrolment.contract_id enrolment.person_id enrolment.representative_person_id
    hold.enrolment_id name_index.person_id outbox.id outbox.key outbox.traceparent
    person.id rejection.id timeline_entry.event_id timeline_entry.person_id timeline_entry.subject
    declaration.declaration_id link.declaration_id link.link_hash
    attempt.id outbox.seq audit.id audit.chain_seq audit.hash audit.prev
"""
"""Ids, places and secrets given by the service, and what names them."""
RECEIVED = """
    *.recorded_at *.published_at inbox.done_at outbox.occurred_at
    rejection.received_at timeline_entry.at audit.at
    declaration.coarse_since declaration.due_at declaration.requested_at declaration.stage_since
    attempt.at attempt.claimed_at attempt.due_at contact.requested_at
    link.expires_at link.issued_at waiver.decided_at
"""
"""Moments of receipt, and terms that begin with them."""
SEALED = """
    person.sealed rejection.sealed known_person.identity_sealed outbox.payload enrolment.told
    contact.params person.addresses
"""
"""Sealed anew each time, or the digest of what holds ids made here."""

TRIED = "attempt.reason attempt.tries"
"""How often a provider that is away was tried until the replay ended."""

LOCAL = tuple(" ".join((MADE_HERE, RECEIVED, SEALED, TRIED)).split())
