"""Molecules that are hard to write token by token, and what writes them."""

import pytest

from molvae.tokenizers import Tokenizer, fit

MOLECULES = """
C CC C=C C#C C#N N#N O=O [H][H] [Na+].[Cl-] CO C=O O=C=O N=C=O CC(=O)O CC(=O)[O-] C[N+](C)(C)C [NH4+]
CN(=O)=O C[N+](=O)[O-] CN=[N+]=[N-] CN=N#N C[N+]#[C-] [C-]#[O+] CC#CC C=C=C C=C=C=C CS(C)=O
CS(C)(=O)=O CS(=O)(=O)N NS(N)(=O)=O CP(=O)(O)O OP(O)(=O)OP(=O)(O)O CP(C)(C)(C)C FS(F)(F)(F)(F)F
OCl(=O)(=O)=O O=Cl(=O)(=O)O CI(=O)=O B(O)O [BH4-] F[B-](F)(F)F C[Si](C)(C)C [SiH4] C[Se]C
C1CC1 C1=CC1 C1CCC1 C1CCCC1 C=1CCCCC=1 C=1CCCCC1 C1CCCCC=1 C-1CCCCC-1 C1CCCCC-1 C1=CC=CC=C1
C1=CC=C2C=CC=CC2=C1 C1CC2CCC1C2 C1CC2CCC1CC2 C1C2CC3CC1CC(C2)C3 C12C3C4C1C5C2C3C45 C1CC11CC1
C1CC2(C1)CCC2 C1CCC2(CC1)OCCO2 C12(CC1)CC2 C1(C2)CC12 C(C)1CC1 C(C)=1CC1 C(=O)1CC1 C1.C1
C(C.C)C C1CC%10CC1CC%10 C%10CC%10 C%(100)CC%(100) C%12CCC%12 C0CC0 C1CC(CC1)C2CC2 C/1=C/CCCCCC1
c1ccccc1 c1ccccc1C c1ccccc1O c1ccc(cc1) c1ccc(O)cc1 Cc1ccccc1C c1ccc2ccccc2c1 c1ccc2cc3ccccc3cc2c1
c1ccc2c(c1)ccc1ccccc12 c1cc2ccc3cccc4ccc(c1)c2c34 c1ccc-2c(c1)-c1ccccc-21 c1ccc2c(c1)Cc1ccccc1-2
c1ccccc1-c1ccccc1 c1ccccc1c1ccccc1 c1ccccc1:c1ccccc1 c:1:c:c:c:c:c1 c-1ccccc-1 c1ccc1 c1cccc1=c1cccc1
c1ccc2cccc2cc1 c1ccc2cccc-2cc1 c1cc2cccccc-2c1 C1=Cc2cccc3cccc1c23 c1ccc2c(c1)c1cccc3cccc2c31
c1ccncc1 c1cnccn1 c1cncnc1 c1ncncn1 c1nnnnc1 n1nnnnn1 c1ccc2ncccc2c1 c1ccc2nccnc2c1 c1cnc2ccccc2c1
c1cc[nH]c1 c1ccoc1 c1ccsc1 c1cc[se]c1 c1cc[te]c1 c1c[nH]cn1 c1cn[nH]c1 c1nn[nH]n1 c1nnn[nH]1 c1cocn1
c1cscn1 c1conc1 c1csnn1 c1nnco1 c1ccc2[nH]ccc2c1 c1ccc2occc2c1 c1ccc2sccc2c1 c1ccc2[nH]cnc2c1
c1ccc2scnc2c1 c1ccc2nsnc2c1 c1ccn2cccc2c1 c1ccn2ccnc2c1 c1cnc2nccn2c1 c1cn2ccsc2n1 Cn1cccc1
Cn1ccnc1 Cn1cnc2c1c(=O)n(C)c(=O)n2C Nc1ncnc2[nH]cnc12 Nc1nc2[nH]cnc2c(=O)[nH]1 O=c1cc[nH]c(=O)[nH]1
Cc1c[nH]c(=O)[nH]c1=O Nc1cc[nH]c(=O)n1 O=c1[nH]cnc2nc[nH]c12 O=c1cccccc1 O=c1ccocc1 O=c1ccoc2ccccc12
O=c1cc(-c2ccccc2)oc2ccccc12 O=c1[nH]c2ccccc2c(=O)n1C O=c1oc2ccccc2cc1C O=C1C=CC(=O)C=C1 S=c1[nH]cc[nH]1
c1cc[n+]([O-])cc1 [O-][n+]1ccccc1 C[n+]1ccccc1 n1(=O)ccccc1 c1cc[nH+]cc1 c1cc[o+]cc1 c1ccc2[o+]cccc2c1
[n-]1cccc1 [cH-]1cccc1 c1ccc[cH-]1 [cH+]1cccccc1 C[n+]1ccn(C)c1 c1cc[n+]2ccccc2c1 [nH]1cccc1 [cH]1ccccc1
b1ccccc1 p1ccccc1 c1ccpcc1 [si]1ccccc1 [as]1ccccc1 s1(=O)cccc1 O=s1cccc1 c1cc[bH]c1 B1C=CC=C1
c1cc2cc3ccc(cc4ccc(cc5ccc(cc1n2)[nH]5)n4)[nH]3 C1=Cc2cc3ccc(cc4nc(cc5ccc(cc1n2)[nH]5)C=C4)[nH]3
c1ccc2c(c1)c1nc2nc2[nH]c(nc3nc(nc4[nH]c(n1)c1ccccc41)c1ccccc31)c1ccccc21
CC(=O)Oc1ccccc1C(=O)O CN1CCC[C@H]1c1cccnc1 CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O C[C@](F)(Cl)Br C[C@@H](N)C(=O)O
F/C=C/F F/C=C\\F C/C=C/C=C\\C C/C(F)=C(/C)Cl C/C(\\C)=C\\C CC/C=C1\\CCCC1 C1C/C=C\\CCCC1 N/N=C/c1ccccc1
CN1C(=O)C(c2ccccc2)N=C(c2ccccc2)c2cc(Cl)ccc21 O=C1CN=C(c2ccccc2)c2cc(Cl)ccc2N1 CN1C2CCC1CC(C2)OC(=O)C(CO)c1ccccc1
CC1(C)SC2C(NC(=O)Cc3ccccc3)C(=O)N2C1C(=O)O OC1C(O)C(CO)OC(O)C1O Oc1ccc2c(c1)C13CCN(CC4CC4)C(C2)C1CCCC3
C[C@]12CC[C@H]3[C@@H](CCc4cc(O)ccc43)[C@@H]1CC[C@@H]2O CCO.CCO *C *c1ccccc1 *1cccc1 [13CH4] [2H]C([2H])[2H]
[CH3:1][OH:2] C~C C$C C->[Fe] [Fe]C c1ccccc1[Na] [Cl-].C[NH3+] [O-]S(=O)(=O)[O-].[Na+].[Na+] [OH-].[K+]
N#Cc1ccccc1C#N Clc1ccc(Br)cc1I OB(O)c1ccccc1 FC(F)(F)c1ccccc1 O=S(=O)(c1ccccc1)N1CCOCC1 c1=cc=cc=c1
c1ccc2c(c1)[nH]c1ccccc12 c1ccc2c(c1)oc1ccccc12 c1ccc2c(c1)Sc1ccccc1N2 c1ccc2c3c(cccc13)CC2 c1ccc(-n2cccc2)cc1
Cn1nnc2c(=O)n(-c3cccc(Cl)c3)cnc21 Cc1nnc(-c2ccc3[nH]ncc3c2)o1 CC1=C(C)C(=O)c2ccccc2C1=O O=C1NC(=O)c2ccccc21
""".split()  # fmt: skip


@pytest.fixture(scope="session", params=["atom", "char"])
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    return fit(MOLECULES, request.param)


@pytest.fixture(scope="session")
def molecules() -> list[str]:
    return MOLECULES
