"""What each latent diagnostic is, in a few words, for tables and their hints."""

from molvae.evaluation.decodings import RADII, REPEATS, radius_name
from molvae.evaluation.likelihood import DRAWS
from molvae.evaluation.predictability import FOLDS, PROPERTIES

MEANINGS: dict[str, str] = {
    "encodable": "share of the held-out molecules that the model can read",
    "reconstruction/exact": "share decoded greedily from the mean as the same molecule",
    "reconstruction/valid": "share of these decodings that are molecules",
    "reconstruction/tanimoto": "mean similarity of the valid ones to the original (ECFP4)",
    "reconstruction/posterior_exact": "exact share, decoded greedily from one z ~ q(z|x)",
    "reconstruction/stochastic_exact": "exact share, decoded at random from one z ~ q(z|x)",
    "validity/prior": "valid share of strings decoded at random from z ~ p(z), the prior",
    "validity/posterior": "valid share of strings decoded at random from z ~ q(z|x)",
    "decodings/distinct": f"mean number of distinct molecules in {REPEATS} decodings of one mean",
    "decodings/any_exact": f"share of means of which one of {REPEATS} decodings is exact",
    "kl": "mean KL(q(z|x) || p(z)) to the model's own prior, nats a molecule",
    "kl/standard": "the same to N(0, I), whatever the prior",
    "active_units": "latent dimensions whose mean has a variance above 0.01",
    "mutual_information": "nats that z tells about which molecule it is: a lower bound",
    "mutual_information/upper": "the same from above: the lesser of kl and a leave-one-out bound",
    "marginal_kl": "KL(q(z) || p(z)) in nats: kl - mutual_information, an upper bound",
    "mmd": "squared MMD between q(z) and p(z), inverse multiquadratic kernel, unbiased",
    "mmd/noise": "standard deviation of mmd if q(z) were p(z)",
    "smoothness/spearman": "rank correlation of latent distance and similarity; -1 is best",
    **{
        radius_name(radius): f"similarity of the decoding {radius:g} away from a mean to the mean's"
        for radius in RADII
    },
    "smoothness/chance": "mean similarity of two random held-out molecules: where these end",
    "interpolation/validity": "valid share along straight lines between two means",
    "interpolation/tanimoto": "mean similarity of neighbors on such a line",
    "interpolation/distinct": "mean number of distinct molecules on such a line",
    "log_likelihood/iwae": f"lower bound on log p(x) by {DRAWS} importance samples, nats",
    "log_likelihood/elbo": "evidence lower bound on log p(x) from the same samples, nats",
    "log_likelihood/bits_per_token": "-iwae in bits over tokens, end token included",
    "log_likelihood/effective_draws": "mean effective number of those importance samples",
    **{
        f"predictability/{name}": f"R² of ridge regression of {name} from the means, {FOLDS}-fold"
        for name in PROPERTIES
    },
    **{
        f"gap/{name}": f"mutual information gap of {name}: 1 if only one dimension knows it"
        for name in PROPERTIES
    },
    **{
        f"correlation/{name}": f"rank correlation of {name} with its best dimension, either sign"
        for name in PROPERTIES
    },
}
"""By name of value, in the order of a table."""
