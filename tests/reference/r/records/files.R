# Files of SPSS, Stata and SAS written by ReadStat through R's haven, and what they hold.
suppressWarnings({
library(haven)
d <- data.frame(
  Ref = c("QX-1", "QX-2", "QX-3", "QX-4"),
  Born = as.Date(c("2008-02-14", "2009-03-15", NA, "1999-12-31")),
  Seen = as.POSIXct(c("2023-01-17 10:30:15", NA, "2023-02-18 00:00:00", "2023-03-19 23:59:59"), tz = "UTC"),
  Score = c(12.5, 30, NA, -1),
  stringsAsFactors = FALSE
)
sav <- d
sav$Gender <- labelled_spss(c(1, 2, 9, 98), labels = c(Gent = 1, Lady = 2, Refused = 9), na_range = c(97, 99), na_values = 9, label = "Sex as recorded")
sav$Area <- labelled_spss(c("B", "P", "NK", ""), labels = c(Burnley = "B", Preston = "P"), na_values = "NK")
write_sav(sav, "spss.sav", compress = "byte")
write_sav(sav, "spss_plain.sav", compress = "none")
write_sav(sav, "spss.zsav", compress = "zsav")
dta <- d
dta$Gender <- labelled(c(1, 2, tagged_na("a"), tagged_na("z")), labels = c(Gent = 1, Lady = 2, Refused = tagged_na("a")), label = "Sex as recorded")
write_dta(dta, "stata.dta", version = 14)
write_dta(dta, "stata_12.dta", version = 12)
sas <- d
sas$Gender <- structure(c(1, 2, NA, NA), label = "Sex as recorded")
write_sas(sas, "sas.sas7bdat")
write_xpt(sas, "sas_8.xpt", version = 8)
write_xpt(sas, "sas_5.xpt", version = 5)
})
writeLines(capture.output(sessionInfo()), "session_info.txt")
