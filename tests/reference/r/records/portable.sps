* The portable file of spss.sav, written by GNU PSPP: 1.6.2.
GET FILE='spss.sav'.
EXPORT OUTFILE='spss.por'.
