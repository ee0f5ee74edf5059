"""Forty questions with their answers written by hand from the public tables (Rol/TUSS, CID-10).

`ours` is what domain 1.4 owes the person; `erp` whether a payer holding the CPT's own list would
hold the request back. A doctor's question is not held back by the ERP.
"""

from dataclasses import dataclass

SUSPENDED, FREE, DOCTOR = "suspended", "not_suspended", "medical_auditor"


@dataclass(frozen=True)
class Probe:
    """A request of the person whose CPT restricts `cid_range`."""

    cid_range: str
    tuss: str | None
    cid: str | None
    ours: str

    @property
    def erp(self) -> bool:
        """Whether the ERP would hold it back."""
        return self.ours == SUSPENDED

    @property
    def bed(self) -> bool:
        """A high-technology bed is asked for where no procedure is."""
        return self.tuss is None

    def __str__(self) -> str:
        return f"{self.tuss or 'leito de alta tecnologia'} × {self.cid or 'sem CID'}"


CORONARY, DIABETES = "I20-I25", "E10-E14"
HERNIA, SPINE, STONES = "K40-K46", "M50-M54", "K80-K83"
CATHETER = "30911052"  # cateterismo cardíaco com estudo cineangiográfico, alta complexidade
BYPASS = "30903025"  # revascularização do miocárdio
CATARACT = "30306027"  # facectomia com lente intraocular
DIALYSIS = "30909031"  # hemodiálise crônica, alta complexidade
RENAL_ARTERY = "30906156"  # revascularização da artéria renal
CARPAL_TUNNEL = "30737079"  # descompressão do túnel do carpo
INGUINAL = "31009115"  # herniorrafia inguinal unilateral
DISC = "30715180"  # hérnia de disco tóraco-lombar
FUSION = "30715016"  # artrodese da coluna
SPINE_MRI = "41101227"  # ressonância da coluna, alta complexidade
GALLBLADDER = "31005497"  # colecistectomia por videolaparoscopia
CONSULTATION, ECG, BLOOD_COUNT = "10101012", "40101010", "40304361"
BED = None

PROBES = (
    # Declared coronary disease: catheter, heart surgery, high-complexity images and intensive care.
    Probe(CORONARY, CATHETER, "I214", SUSPENDED),
    Probe(CORONARY, CATHETER, "I20", SUSPENDED),
    Probe(CORONARY, CATHETER, "I259", SUSPENDED),
    Probe(CORONARY, BYPASS, "I250", SUSPENDED),
    Probe(CORONARY, BED, "I219", SUSPENDED),
    Probe(CORONARY, CONSULTATION, "I214", FREE),
    Probe(CORONARY, ECG, "I214", FREE),
    Probe(CORONARY, BLOOD_COUNT, "I214", FREE),
    Probe(CORONARY, CATHETER, "E119", FREE),
    Probe(CORONARY, BYPASS, "I269", FREE),
    Probe(CORONARY, BED, "J189", FREE),
    Probe(CORONARY, GALLBLADDER, "K802", FREE),
    Probe(CORONARY, CATHETER, None, DOCTOR),
    Probe(CORONARY, CATHETER, "R074", DOCTOR),
    Probe(CORONARY, BED, None, DOCTOR),
    Probe(CORONARY, CARPAL_TUNNEL, "I214", DOCTOR),
    # Declared diabetes: vessels, eyes, dialysis, intensive care.
    Probe(DIABETES, CATARACT, "E113", SUSPENDED),
    Probe(DIABETES, DIALYSIS, "E112", SUSPENDED),
    Probe(DIABETES, RENAL_ARTERY, "E115", SUSPENDED),
    Probe(DIABETES, BED, "E101", SUSPENDED),
    Probe(DIABETES, CATARACT, "H250", FREE),
    Probe(DIABETES, CONSULTATION, "E119", FREE),
    Probe(DIABETES, BYPASS, "E119", DOCTOR),
    Probe(DIABETES, CATARACT, "Z000", DOCTOR),
    # Declared hernia of the abdominal wall: its surgery alone.
    Probe(HERNIA, INGUINAL, "K409", SUSPENDED),
    Probe(HERNIA, INGUINAL, "K46", SUSPENDED),
    Probe(HERNIA, INGUINAL, "K802", FREE),
    Probe(HERNIA, CONSULTATION, "K409", FREE),
    Probe(HERNIA, BED, "K409", DOCTOR),
    Probe(HERNIA, BYPASS, "K409", DOCTOR),
    Probe(HERNIA, INGUINAL, None, DOCTOR),
    # Declared disease of the spine: its surgery and high-complexity images.
    Probe(SPINE, DISC, "M511", SUSPENDED),
    Probe(SPINE, FUSION, "M541", SUSPENDED),
    Probe(SPINE, SPINE_MRI, "M545", SUSPENDED),
    Probe(SPINE, DISC, "S220", FREE),
    Probe(SPINE, CONSULTATION, "M545", FREE),
    # Declared gallstones.
    Probe(STONES, GALLBLADDER, "K802", SUSPENDED),
    Probe(STONES, GALLBLADDER, "K359", FREE),
    Probe(STONES, CONSULTATION, "K802", FREE),
    Probe(STONES, BED, "K802", DOCTOR),
)
