# Answers of R for lvrn_eval.survival's models. Run in this folder: Rscript models_refs.R
# Reads bladder2.csv, cgd.csv, mgus2_competing.csv, recid.csv; writes tied_causes.csv, ref_*.json, session_info.txt.
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})
options(digits = 15)
save_as <- function(x, f) write_json(x, f, digits = NA, auto_unbox = TRUE, null = "null", na = "null", pretty = FALSE)
exact <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)
named <- function(v, n) as.list(setNames(as.vector(v), n))
cox <- function(f) {
  n <- names(coef(f))
  list(coef = named(coef(f), n), se = named(sqrt(diag(f$var)), n),
       naive = if (is.null(f$naive.var)) NULL else named(sqrt(diag(f$naive.var)), n), loglik = f$loglik[2], wald = unname(f$wald.test))
}
by_order <- function(f, terms, orders) {   # main effect plus interaction, for every order
  b <- coef(f); v <- f$var; out <- list()
  for (k in seq_len(orders)) for (t in terms) {
    l <- as.numeric(names(b) == t) + if (k > 1) as.numeric(names(b) == paste0(t, ":strata(enum)enum=", k)) else 0
    out[[paste0(t, ", event ", k)]] <- list(coef = sum(l * b), se = sqrt(as.numeric(l %*% v %*% l)))
  }
  list(terms = out, loglik = f$loglik[2])
}
mean_curve <- function(m) {
  group <- if (is.null(m$strata)) rep("all", length(m$time)) else rep(sub(".*=", "", names(m$strata)), m$strata)
  data.frame(group = group, time = m$time, n_risk = m$n.risk, n_event = m$n.event, n_censor = m$n.censor,
             cumhaz = m$cumhaz, std_chaz = m$std.chaz)
}
score <- function(f) {s <- summary(f)$robscore; list(statistic = unname(s[1]), df = unname(s[2]), p = unname(s[3]))}

# recurrent events
bladder <- read.csv("bladder2.csv"); cgd <- read.csv("cgd.csv")
gaps <- cgd[!(cgd$enum == 2 & cgd$id %% 4 == 0), ]          # people with time not at risk
gaps$tstart <- gaps$tstart + ifelse(gaps$enum == 1 & gaps$id %% 3 == 0, 3, 0)   # and with late entry
marginal <- do.call(rbind, lapply(1:4, function(k) {        # Wei-Lin-Weissfeld: the time to each event from the start
  do.call(rbind, lapply(split(bladder, bladder$id), function(d) {
    fell <- d$stop[d$event == 1]
    data.frame(d[1, c("id", "rx", "number", "size")], enum = k,
               stop = if (length(fell) >= k) fell[k] else max(d$stop), event = as.integer(length(fell) >= k))
  }))
}))
ag <- function(...) cox(coxph(..., cluster = id, control = exact))
save_as(list(
  ag = ag(Surv(start, stop, event) ~ rx + number + size, data = bladder),
  ag_breslow = ag(Surv(start, stop, event) ~ rx + number + size, data = bladder, ties = "breslow"),
  pwp_total = ag(Surv(start, stop, event) ~ rx + number + size + strata(enum), data = bladder),
  pwp_gap = ag(Surv(stop - start, event) ~ rx + number + size + strata(enum), data = bladder),
  pwp_gap_2 = ag(Surv(stop - start, event) ~ rx + number + size + strata(enum), data = subset(bladder, enum <= 2)),
  pwp_by_order = by_order(coxph(Surv(start, stop, event) ~ (rx + number + size) * strata(enum), data = subset(bladder, enum <= 3),
                                cluster = id, control = exact), c("rx", "number", "size"), 3),
  wlw = ag(Surv(stop, event) ~ rx + number + size + strata(enum), data = marginal),
  wlw_breslow = ag(Surv(stop, event) ~ rx + number + size + strata(enum), data = marginal, ties = "breslow"),
  wlw_by_order = by_order(coxph(Surv(stop, event) ~ (rx + number + size) * strata(enum), data = marginal, cluster = id,
                                control = exact), c("rx", "number", "size"), 4),
  cgd_ag = ag(Surv(tstart, tstop, status) ~ treat + sex + age + inherit + steroids, data = cgd),
  cgd_ag_strata = ag(Surv(tstart, tstop, status) ~ treat + age + strata(hos.cat), data = cgd),
  cgd_ag_gaps = ag(Surv(tstart, tstop, status) ~ treat + age, data = gaps),
  cgd_pwp_total = ag(Surv(tstart, tstop, status) ~ treat + age + strata(enum), data = cgd),
  mcf_bladder = mean_curve(survfit(Surv(start, stop, event) ~ rx, data = bladder, id = id)),
  mcf_cgd = mean_curve(survfit(Surv(tstart, tstop, status) ~ treat, data = cgd, id = id)),
  mcf_cgd_all = mean_curve(survfit(Surv(tstart, tstop, status) ~ 1, data = cgd, id = id)),
  mcf_gaps = mean_curve(survfit(Surv(tstart, tstop, status) ~ treat, data = gaps, cluster = id)),
  score_bladder = score(coxph(Surv(start, stop, event) ~ factor(rx), data = bladder, cluster = id, ties = "breslow")),
  score_cgd = score(coxph(Surv(tstart, tstop, status) ~ treat, data = cgd, cluster = id, ties = "breslow")),
  score_cgd_4 = score(coxph(Surv(tstart, tstop, status) ~ hos.cat, data = cgd, cluster = id, ties = "breslow"))
), "ref_recurrent.json")

# competing events; a second set with ties of all kinds at nearly every time
mgus2 <- read.csv("mgus2_competing.csv"); mgus2 <- mgus2[!is.na(mgus2$mspike), ]; mgus2$male <- as.integer(mgus2$sex == "M")
set.seed(2024)
tied <- data.frame(a = rnorm(240), b = rbinom(240, 1, 0.4))
tied$time <- pmin(ceiling(rexp(240, exp(0.4 * tied$a) / 6)), sample(4:12, 240, TRUE)); tied$event <- sample(0:2, 240, TRUE, c(0.3, 0.4, 0.3))
tied$a <- round(tied$a, 3); write.csv(tied, "tied_causes.csv", row.names = FALSE)
grays <- function(d, time, event, x, k) {
  z <- crr(d[[time]], d[[event]], as.matrix(d[x]), failcode = k, gtol = 1e-12, maxiter = 50)
  list(coef = named(z$coef, x), se = named(sqrt(diag(z$var)), x), var = z$var, loglik = z$loglik, null = z$loglik.null)
}
spread <- function(d, time, event, x, k, ties) {
  causes <- sort(unique(d[[event]])); names <- c("censor", paste0("c", causes[causes > 0]))
  d$who <- seq_len(nrow(d)); d$status <- factor(d[[event]], causes, names); d$when <- d[[time]]
  long <- finegray(as.formula(paste("Surv(when, status) ~", paste(c(x, "who"), collapse = "+"))), data = d, etype = paste0("c", k))
  cox(coxph(as.formula(paste("Surv(fgstart, fgstop, fgstatus) ~", paste(x, collapse = "+"))), data = long, weights = fgwt,
            cluster = who, ties = ties, control = exact))
}
both <- function(d, time, event, x) list(
  crr_1 = grays(d, time, event, x, 1), crr_2 = grays(d, time, event, x, 2),
  finegray_1_efron = spread(d, time, event, x, 1, "efron"), finegray_1_breslow = spread(d, time, event, x, 1, "breslow"),
  finegray_2_efron = spread(d, time, event, x, 2, "efron"))
save_as(list(mgus2 = both(mgus2, "etime", "ev", c("age", "male", "mspike")), tied = both(tied, "time", "event", c("a", "b"))),
        "ref_fine_gray.json")

# the same with late entry: a third come early, a third a good deal later; all are observed for some time
late <- function(d, time) {
  share <- c(0, 0.15, 0.6)[(seq_len(nrow(d)) * 7) %% 3 + 1]
  d$enter <- ifelse(d[[time]] > 1, floor(share * d[[time]]), 0); d
}
spread_late <- function(d, time, event, x, k, ties) {
  causes <- sort(unique(d[[event]])); names <- c("censor", paste0("c", causes[causes > 0]))
  d <- late(d, time); d$who <- seq_len(nrow(d)); d$status <- factor(d[[event]], causes, names); d$when <- d[[time]]
  long <- finegray(as.formula(paste("Surv(enter, when, status) ~", paste(c(x, "who"), collapse = "+"))), data = d,
                   etype = paste0("c", k), id = who)
  cox(coxph(as.formula(paste("Surv(fgstart, fgstop, fgstatus) ~", paste(x, collapse = "+"))), data = long, weights = fgwt,
            cluster = who, ties = ties, control = exact))
}
many <- function(d, time, event, x) list(
  finegray_1_efron = spread_late(d, time, event, x, 1, "efron"), finegray_1_breslow = spread_late(d, time, event, x, 1, "breslow"),
  finegray_2_efron = spread_late(d, time, event, x, 2, "efron"))
seen <- mgus2[mgus2$etime > 0, ]
save_as(list(mgus2 = many(seen, "etime", "ev", c("age", "male", "mspike")), tied = many(tied, "time", "event", c("a", "b"))),
        "ref_fine_gray_late.json")

# parametric models: survreg; with late entry and for split populations, likelihoods written down here and maximised by optim
recid <- read.csv("recid.csv"); recid$fail <- 1 - recid$cens
all_terms <- ~ workprg + priors + tserved + felon + alcohol + drugs + black + married + educ + age
regression <- function(dist) {
  f <- survreg(update(all_terms, Surv(durat, fail) ~ .), data = recid, dist = dist, control = survreg.control(rel.tolerance = 1e-13, maxiter = 200))
  list(coef = named(coef(f), names(coef(f))), scale = f$scale, se = as.vector(sqrt(diag(f$var))), loglik = f$loglik[2], aic = AIC(f))
}
beyond <- list(weibull = function(z) -exp(z), lognormal = function(z) pnorm(z, lower.tail = FALSE, log.p = TRUE),
               loglogistic = function(z) plogis(z, lower.tail = FALSE, log.p = TRUE))
density <- list(weibull = function(z) z - exp(z), lognormal = function(z) dnorm(z, log = TRUE),
                loglogistic = function(z) dlogis(z, log = TRUE))
likelihood <- function(par, x, w, time, event, entry, dist) {
  gamma <- par[seq_len(ncol(w))]; beta <- par[ncol(w) + seq_len(ncol(x))]; sigma <- exp(par[length(par)])
  ever <- if (ncol(w)) plogis(drop(w %*% gamma)) else rep(1, nrow(x))
  at <- function(t) (log(t) - drop(x %*% beta)) / sigma
  still <- function(t) log1p(-ever + ever * exp(beyond[[dist]](at(t))))
  late <- entry > 0
  sum(ifelse(event == 1, log(ever) + density[[dist]](at(time)) - log(sigma) - log(time), still(time))) -
    if (any(late)) sum(still(pmax(entry, 1e-300))[late]) else 0
}
climb <- function(start, ...) {
  goal <- function(par) {v <- -likelihood(par, ...); if (is.finite(v)) v else 1e10}
  for (i in 1:6) {o <- optim(start, goal, method = "BFGS", control = list(maxit = 5000, reltol = 1e-16, ndeps = rep(1e-5, length(start))))
    start <- o$par; start <- optim(start, goal, method = "Nelder-Mead", control = list(maxit = 3000, reltol = 1e-16))$par}
  list(par = start, loglik = -goal(start), se = sqrt(diag(solve(optimHess(start, goal, control = list(ndeps = rep(1e-4, length(start))))))))
}
none <- matrix(0, nrow(recid), 0); one <- cbind(rep(1, nrow(recid))); few <- cbind(1, recid$black, recid$alcohol)
entry <- ifelse(recid$age %% 3 == 0, pmin(0.3 * recid$durat, 5), 0); no_entry <- rep(0, nrow(recid))
kinds <- c("weibull", "lognormal", "loglogistic")
each <- function(f) setNames(lapply(kinds, f), kinds)
save_as(list(
  survreg = setNames(lapply(c("weibull", "exponential", "lognormal", "loglogistic"), regression), c("weibull", "exponential", "lognormal", "loglogistic")),
  late_entry = each(function(k) climb(c(4, 0, 0, 0.3), few, none, recid$durat, recid$fail, entry, k)),
  cure = each(function(k) climb(c(0, 3, 0), one, one, recid$durat, recid$fail, no_entry, k)),
  cure_terms = each(function(k) climb(c(0, 0, 0, 3, 0, 0, 0), few, few, recid$durat, recid$fail, no_entry, k)),
  cure_late_entry = each(function(k) climb(c(0, 0, 0, 3, 0), one, few, recid$durat, recid$fail, entry, k))
), "ref_parametric.json")
writeLines(capture.output(sessionInfo()), "session_info.txt")
