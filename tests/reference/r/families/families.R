# Adjusted p-values, an interaction with a covariance clustered by person, and rates weighted by harm.
# Run in this folder: Rscript families.R
suppressMessages({library(MASS); library(jsonlite)})
options(digits = 17)

clustered <- function(X, u, information, person) {
  bread <- solve(information)
  bread %*% crossprod(rowsum(X * u, person)) %*% bread
}

# p.adjust, with a test that could not be made and a tie
p <- c(0.01, 0.04, 0.03, NA, 0.005, 0.04, 0.9)
answers <- list(p = p, holm = p.adjust(p, "holm"), bh = p.adjust(p, "BH"))

# epil: seizures in the 8 weeks before, and in the 4 visits of 2 weeks after, by treatment
wide <- aggregate(y ~ subject + trt + base, epil, sum)
wide <- wide[order(wide$subject), ]
long <- data.frame(
  person = rep(wide$subject, 2), treated = rep(as.integer(wide$trt == "progabide"), 2),
  after = rep(0:1, each = nrow(wide)), count = c(wide$base, wide$y)
)
fit <- glm(count ~ treated * after, poisson, long, epsilon = 1e-14, maxit = 100)
X <- model.matrix(fit); mu <- fitted(fit)
V <- clustered(X, long$count - mu, crossprod(X, mu * X), long$person)
b <- coef(fit)
answers$interaction <- list(
  log_ratio_of_ratios = unname(b[4]), std_error = sqrt(V[4, 4]), chi2 = b[4]^2 / V[4, 4],
  p_value = pchisq(b[4]^2 / V[4, 4], 1, lower.tail = FALSE),
  log_ratio_placebo = unname(b[3]), std_error_placebo = sqrt(V[3, 3])
)

# three groups of the same people, by age in thirds
age <- epil$age[match(wide$subject, epil$subject)]
third <- cut(age, quantile(age, 0:3 / 3), labels = c("a", "b", "c"), include.lowest = TRUE)
long$third <- rep(third, 2)
fit <- glm(count ~ third * after, poisson, long, epsilon = 1e-14, maxit = 100)
X <- model.matrix(fit); mu <- fitted(fit)
V <- clustered(X, long$count - mu, crossprod(X, mu * X), long$person)
last <- 5:6
chi2 <- drop(t(coef(fit)[last]) %*% solve(V[last, last]) %*% coef(fit)[last])
answers$thirds <- list(chi2 = chi2, p_value = pchisq(chi2, 2, lower.tail = FALSE))

# a weighted mean of rates is the rate of totals: counts times 1.5 as harm, days that differ between people
days <- c(56 + wide$subject %% 7, 56 - wide$subject %% 5)
harm <- long$count * 1.5
fit <- lm(harm / days ~ after, long, weights = days)
X <- model.matrix(fit)
V <- clustered(X, days * residuals(fit), crossprod(X, days * X), long$person)
answers$harm <- list(
  before = unname(coef(fit)[1]) * 365.25, difference = unname(coef(fit)[2]) * 365.25, std_error = sqrt(V[2, 2]) * 365.25
)
answers$people <- data.frame(subject = wide$subject, treated = wide$trt == "progabide", third = third,
                             before = wide$base, after = wide$y)
write_json(answers, "families.json", digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE)
writeLines(capture.output(sessionInfo()), "session_info.txt")
