"""Models of the BOLD signal: what blood does where neurons are active.

The balloon model: activity drives a vasodilatory signal ``s``, this the inflow of blood ``f_in``;
the venous compartment swells (volume ``v``) and loses deoxyhemoglobin (``q``). Buxton, Wong and
Frank 1998, doi:10.1002/mrm.1910390602; Friston et al. 2000, doi:10.1006/nimg.2000.0630.
Coefficients and signal as in Stephan et al. 2007, doi:10.1016/j.neuroimage.2007.07.040: classical
(C) or revised (R), nonlinear (N) or linear (L). Time constants are in s.
"""

from __future__ import annotations

from typing import Any, ClassVar

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.neuron import Neuron

SIGNAL = "BOLD"


class BoldModel(Neuron):
    """A model of a signal, as equations of what `BoldMonitor` gives to it: ``sum(I_CBF)``.

    Attributes:
        inputs: names of its inputs.
        output: names of its signals.
        made_of: parameters and equations as they were given.
    """

    needs_rate = False

    def __init__(
        self,
        parameters: Any,
        equations: Any,
        inputs: Any,
        output: Any = SIGNAL,
        name: str = "Custom BOLD model",
        description: str = "",
    ) -> None:
        """A model.

        Args:
            parameters: as those of a `Neuron`.
            equations: as those of a `Neuron` that is rate-coded, but they need no ``r``.
            inputs: a name or several; the equations read ``sum(name)``.
            output: a name or several of variables.
            name: for reports.
            description: for reports.
        """
        super().__init__(parameters, equations, name=name, description=description)
        self.made_of = (parameters, equations)
        self.inputs = _names(inputs)
        self.output = _names(output)
        for item in self.inputs:
            if item not in self.targets:
                raise ANNarchyException(f"no equation of '{name}' reads the input sum({item})")
        for item in self.output:
            if item not in self.variables:
                raise ANNarchyException(f"'{name}' has no variable '{item}' to give out")


def _names(given: Any) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


_FLOW = """
    I_CBF = sum(I_CBF)
    ds/dt = (phi*I_CBF - kappa*s - gamma*(f_in - 1)) / second
    df_in/dt = s / second : init=1, min=0.01
"""
_BALLOON = """
    E = 1 - (1 - E_0)^(1/f_in) : init=0.3424
    dq/dt = (f_in*E/E_0 - f_out*q/v) / (tau*second) : init=1, min=0.01
    dv/dt = (f_in - f_out) / (tau*second) : init=1, min=0.01
    f_out = v^(1/alpha) : init=1, min=0.01
"""
_CLASSICAL = """
    k_1 = (1 - V_0) * 4.3 * v_0 * E_0 * TE
    k_2 = 2 * E_0
    k_3 = 1 - epsilon
"""
_REVISED = """
    k_1 = 4.3 * v_0 * E_0 * TE
    k_2 = epsilon * r_0 * E_0 * TE
    k_3 = 1 - epsilon
"""
_NONLINEAR = "BOLD = V_0 * (k_1*(1 - q) + k_2*(1 - q/v) + k_3*(1 - v))"
_LINEAR = "BOLD = V_0 * ((k_1 + k_2)*(1 - q) + (k_3 - k_2)*(1 - v))"

_SHARED = {
    "phi": 1.0, "kappa": 1 / 1.54, "gamma": 1 / 2.46, "E_0": 0.34, "tau": 0.98, "alpha": 0.33,
    "V_0": 0.02, "v_0": 40.3, "TE": 0.04, "epsilon": 1.43,
}  # fmt: skip
"""Input, decay of the signal, feedback of the flow, oxygen extraction at rest, transit time [s],
stiffness of vessels, venous volume at rest, frequency offset [Hz], echo time [s], ratio of the
signals inside and outside of vessels."""


class _Balloon(BoldModel):
    """A balloon model with a flow that activity drives.

    Attributes:
        defaults: its parameters.
        texts: the coefficients and the signal.
    """

    defaults: ClassVar[dict[str, float]] = _SHARED
    texts: tuple[str, str] = ("", "")

    def __init__(self, **parameters: float) -> None:
        """A model with some other parameters than its own."""
        name = type(self).__name__
        unknown = sorted(parameters.keys() - self.defaults.keys())
        if unknown:
            raise TypeError(f"{name}() has no parameter '{unknown[0]}'")
        values = {"second": 1000.0, **self.defaults, **parameters}
        given = {key: float(value) for key, value in values.items()}
        super().__init__(given, "\n".join(self._texts()), self._inputs(), name=name)

    def _texts(self) -> tuple[str, ...]:
        return (_FLOW, _BALLOON, *self.texts)

    def _inputs(self) -> tuple[str, ...]:
        return ("I_CBF",)


class balloon_CN(_Balloon):  # noqa: N801  (the name that users know, here and below)
    """Classical coefficients, nonlinear signal."""

    texts = (_CLASSICAL, _NONLINEAR)


class balloon_CL(_Balloon):  # noqa: N801
    """Classical coefficients, linear signal."""

    texts = (_CLASSICAL, _LINEAR)


class balloon_RN(_Balloon):  # noqa: N801
    """Revised coefficients, nonlinear signal."""

    defaults: ClassVar = {**_SHARED, "r_0": 25.0}
    texts = (_REVISED, _NONLINEAR)


class balloon_RL(_Balloon):  # noqa: N801
    """Revised coefficients, linear signal."""

    defaults: ClassVar = {**_SHARED, "r_0": 25.0}
    texts = (_REVISED, _LINEAR)


class balloon_maith2021(_Balloon):  # noqa: N801
    """The model of Maith et al. 2021, doi:10.1111/ejn.14868."""

    defaults: ClassVar = {
        "phi": 1.0, "kappa": 0.665, "gamma": 0.412, "E_0": 0.3424, "tau": 1.0368, "alpha": 0.3215,
        "V_0": 0.02,
    }  # fmt: skip
    texts = ("k_1 = 7 * E_0; k_2 = 2; k_3 = 2*E_0 - 0.2", _NONLINEAR)


class balloon_two_inputs(_Balloon):  # noqa: N801
    """Flow and consumption of oxygen have inputs of their own; outflow lags behind.

    Maith et al. 2022, doi:10.3389/fninf.2022.790966; the lag as in Buxton et al. 2004,
    doi:10.1016/j.neuroimage.2004.07.013.
    """

    defaults: ClassVar = {
        "kappa_CBF": 0.6 * (4 / 2.46) ** 0.5, "gamma_CBF": 1 / 2.46,
        "kappa_CMRO2": (40 / 2.46) ** 0.5, "gamma_CMRO2": 10 / 2.46, "phi_CBF": 1.0,
        "phi_CMRO2": 1.0, "E_0": 0.34, "tau": 0.98, "alpha": 0.33, "V_0": 0.02, "v_0": 40.3,
        "TE": 0.04, "epsilon": 1.0, "r_0": 25.0, "tau_out1": 0.0, "tau_out2": 20.0,
    }  # fmt: skip

    def _inputs(self) -> tuple[str, ...]:
        return ("I_CBF", "I_CMRO2")

    def _texts(self) -> tuple[str, ...]:
        flow = """
            I_CBF = sum(I_CBF)
            second*ds_CBF/dt = phi_CBF*I_CBF - kappa_CBF*s_CBF - gamma_CBF*(f_in - 1)
            second*df_in/dt = s_CBF : init=1, min=0.01
        """
        oxygen = """
            I_CMRO2 = sum(I_CMRO2)
            second*ds_CMRO2/dt = phi_CMRO2*I_CMRO2*gamma_CMRO2/gamma_CBF \
                - kappa_CMRO2*s_CMRO2 - gamma_CMRO2*(r - 1)
            second*dr/dt = s_CMRO2 : init=1, min=0.01
        """
        venous = """
            swelling = f_in - v^(1/alpha)
            tau_out = if swelling > 0: tau_out1 else: tau_out2
            f_out = v^(1/alpha) + tau_out*swelling/(tau + tau_out) : init=1, min=0.01
            dq/dt = (r - f_out*q/v) / (second*tau) : init=1, min=0.01
            dv/dt = swelling / (second*(tau + tau_out)) : init=1, min=0.01
        """
        return (flow, oxygen, venous, _REVISED, _NONLINEAR)
