# Answers of R for competing events, weighted tests, bands and restricted means. Run in this folder: Rscript curves_refs.R
# Reads lung.csv, veteran.csv, rossi_people.csv, heart.csv beside it; writes mgus2_people.csv, pbc_people.csv, ref_mgus2_*.csv,
# ref_lung_bands.csv, ref_curves.json and session_info_curves.txt.
suppressMessages({library(survival); library(cmprsk); library(etm); library(km.ci); library(survMisc); library(jsonlite)})
format_numbers <- function(d) {
  for (n in names(d)) if (is.double(d[[n]])) d[[n]] <- ifelse(is.na(d[[n]]), NA, sprintf("%.15g", d[[n]]))
  d
}
write_table <- function(d, f) write.csv(format_numbers(d), f, row.names = FALSE, quote = FALSE, na = "")
types <- c("log-log", "log", "plain", "logit", "arcsin")
lung <- read.csv("lung.csv"); lung$status <- lung$status - 1
veteran <- read.csv("veteran.csv"); rossi <- read.csv("rossi_people.csv"); heart <- read.csv("heart.csv")

# mgus2: plasma cell malignancy (1) or death without it (2), months; with an entry time and whole weights of our own
m <- survival::mgus2
mgus2 <- data.frame(id = m$id, age = m$age, sex = m$sex, etime = ifelse(m$pstat == 1, m$ptime, m$futime),
                    ev = ifelse(m$pstat == 1, 1, 2 * m$death))
mgus2$late <- ifelse(mgus2$id %% 3 == 0, floor(mgus2$etime * (mgus2$id %% 5) / 7), 0)
mgus2$copies <- mgus2$id %% 3
write_table(mgus2, "mgus2_people.csv")
f <- factor(mgus2$ev, 0:2)
fits <- lapply(types, function(k) survfit(Surv(etime, f) ~ sex, data = mgus2, conf.type = k))
s <- fits[[1]]
out <- data.frame(group = rep(sub(".*=", "", names(s$strata)), s$strata), time = s$time, n_risk = s$n.risk[, 1],
                  n_1 = s$n.event[, 2], n_2 = s$n.event[, 3], n_censor = s$n.censor,
                  cif_1 = s$pstate[, 2], cif_2 = s$pstate[, 3], se_1 = s$std.err[, 2], se_2 = s$std.err[, 3])
for (i in seq_along(types)) for (j in 1:2) {
  out[[paste0("lower_", j, "_", types[i])]] <- matrix(fits[[i]]$lower, ncol = 3)[, j + 1] # R drops the dimensions for arcsin
  out[[paste0("upper_", j, "_", types[i])]] <- matrix(fits[[i]]$upper, ncol = 3)[, j + 1]
}
write_table(out, "ref_mgus2_by_sex.csv")
# a weight is so many people: R on the repeated rows (R's own weights ask for a robust variance)
again <- mgus2[rep(seq_len(nrow(mgus2)), mgus2$copies), ]; again$f <- factor(again$ev, 0:2)
s <- survfit(Surv(etime, f) ~ 1, data = again)
write_table(data.frame(time = s$time, n_risk = s$n.risk[, 1], cif_1 = s$pstate[, 2], cif_2 = s$pstate[, 3],
                       se_1 = s$std.err[, 2], se_2 = s$std.err[, 3]), "ref_mgus2_weighted.csv")
# late entry: etm's Greenwood-type covariance (survfit has an infinitesimal jackknife, frozen beside it)
late <- subset(mgus2, etime > 0)
e <- etm(data.frame(id = late$id, from = 0, to = ifelse(late$ev == 0, "cens", late$ev), entry = late$late, exit = late$etime),
         state.names = c("0", "1", "2"), tra = rbind(c(FALSE, TRUE, TRUE), FALSE, FALSE), cens.name = "cens", s = 0)
ij <- survfit(Surv(late, etime, factor(ev, 0:2)) ~ 1, data = late, id = id)
at <- c(12, 60, 120, 240, 360)
ijs <- summary(ij, times = at)
pick <- findInterval(at, e$time)
write_table(data.frame(time = at, cif_1 = e$est[1, 2, pick], cif_2 = e$est[1, 3, pick],
                       se_1 = sqrt(e$cov["0 1", "0 1", pick]), se_2 = sqrt(e$cov["0 2", "0 2", pick]),
                       r_cif_1 = ijs$pstate[, 2], r_se_1 = ijs$std.err[, 2], r_se_2 = ijs$std.err[, 3]), "ref_mgus2_late.csv")

out <- list()
gray <- function(x) list(statistic = unname(x$Tests[, "stat"]), p = unname(x$Tests[, "pv"]), df = unname(x$Tests[, "df"]))
out$gray <- list(
  sex = gray(cuminc(mgus2$etime, mgus2$ev, mgus2$sex)),
  age4 = gray(cuminc(mgus2$etime, mgus2$ev, cut(mgus2$age, c(0, 60, 70, 80, 200), labels = FALSE))),
  sex_rho1 = gray(cuminc(mgus2$etime, mgus2$ev, mgus2$sex, rho = 1)),
  sex_strata_age72 = gray(cuminc(mgus2$etime, mgus2$ev, mgus2$sex, strata = mgus2$age > 72)),
  sex_copies = gray(cuminc(again$etime, again$ev, again$sex)),
  six_people = gray(cuminc(1:6, c(1, 1, 2, 2, 1, 0), c("x", "x", "y", "x", "y", "y"))))

# weighted log-rank tests: survdiff for S^rho, survMisc::comp for the others and the trend
chi <- function(s) list(chisq = s$chisq, df = length(s$n) - 1, p = s$pvalue)
out$survdiff_rho <- list(
  rossi_fin_rho1 = chi(survdiff(Surv(week, arrest) ~ fin, data = rossi, rho = 1)),
  lung_sex_rho05 = chi(survdiff(Surv(time, status) ~ sex, data = lung, rho = 0.5)),
  veteran_celltype_rho1 = chi(survdiff(Surv(time, status) ~ celltype, data = veteran, rho = 1)),
  veteran_celltype_strata_trt_rho1 = chi(survdiff(Surv(time, status) ~ celltype + strata(trt), data = veteran, rho = 1)))
weighted <- function(formula, data, p, q) {
  t <- ten(formula, data = data); comp(t, p = p, q = q)
  a <- attr(t, "lrt"); r <- list(weights = a$W, chisq = if ("chiSq" %in% names(a)) a$chiSq else a$Z^2,
                                 p = if ("pChisq" %in% names(a)) a$pChisq else a$pNorm)
  if (!is.null(tf <- attr(t, "tft"))) r$trend <- list(weights = tf$tft$W, z = tf$tft$Z, scores = tf$scores)
  r
}
sink(tempfile())
out$comp <- list(rossi_fin = weighted(Surv(week, arrest) ~ fin, rossi, 1, 1),
                 veteran_celltype = weighted(Surv(time, status) ~ celltype, veteran, 0.5, 2),
                 lung_ph_ecog = weighted(Surv(time, status) ~ ph.ecog, subset(lung, !is.na(ph.ecog) & ph.ecog < 3), 1, 1))
sink()
# every two groups, and Holm's rule
cells <- sort(unique(veteran$celltype)); pairs <- combn(cells, 2)
p <- apply(pairs, 2, function(two) survdiff(Surv(time, status) ~ celltype, data = subset(veteran, celltype %in% two))$pvalue)
out$pairs <- list(group = pairs[1, ], other = pairs[2, ], p = p, holm = p.adjust(p, "holm"))

# restricted means
mean_of <- function(s, tau) {
  t <- summary(s, rmean = tau)$table
  if (is.null(dim(t))) t <- rbind(t)
  list(mean = unname(t[, "rmean"]), se = unname(t[, "se(rmean)"]))
}
out$rmst <- list(
  rossi_fin_52 = mean_of(survfit(Surv(week, arrest) ~ fin, data = rossi), 52),
  rossi_fin_40 = mean_of(survfit(Surv(week, arrest) ~ fin, data = rossi), 40),
  veteran_trt_200 = mean_of(survfit(Surv(time, status) ~ trt, data = veteran), 200),
  lung_sex_500 = mean_of(survfit(Surv(time, status) ~ sex, data = lung), 500),
  heart_transplant_300 = mean_of(survfit(Surv(start, stop, event) ~ transplant, data = heart), 300))
pbc <- survival::pbc[1:312, ]
write_table(data.frame(years = pbc$time / 365.25, died = as.integer(pbc$status == 2), trt = 2 - pbc$trt), "pbc_people.csv")
write_json(out, "ref_curves.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)

# simultaneous bands
s <- survfit(Surv(time, status) ~ 1, data = lung)
methods <- c("hall-wellner", "loghall", "epband", "logep")
bands <- do.call(cbind, lapply(methods, function(k) {
  b <- km.ci(s, conf.level = 0.95, tl = 100, tu = 600, method = k)
  d <- data.frame(lower = b$lower, upper = b$upper); names(d) <- paste0(names(d), "_", k); cbind(time = b$time, d)
}))
write_table(bands[, !duplicated(names(bands))], "ref_lung_bands.csv")
u <- function(name, low, high) get(name)[which(seq(10, 100, 2) == high), paste0("al", sprintf("%02d", low))]
points <- list(c(0, 100), c(10, 90), c(20, 60), c(40, 50), c(60, 98))
tables <- do.call(rbind, lapply(points, function(x) data.frame(low = x[1] / 100, high = x[2] / 100,
  hall_90 = u("critical.value.hall.90", x[1], x[2]), hall_95 = u("critical.value.hall.95", x[1], x[2]),
  hall_99 = u("critical.value.hall.99", x[1], x[2]))))
write_table(tables, "ref_band_tables.csv")
writeLines(capture.output(sessionInfo()), "session_info_curves.txt")
