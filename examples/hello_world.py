# ruff: noqa: F403, F405
"""A pulse-coupled network of 1000 Izhikevich neurons; leaves hello_world.png where it is run.

Izhikevich 2003, doi:10.1109/TNN.2003.820440. Run it with: python hello_world.py
"""

from annarchy_ml import *

# All neurons, and views of the excitatory and the inhibitory ones
pop = Population(geometry=1000, neuron=Izhikevich)
Exc = pop[:800]
Inh = pop[800:]

# Attributes of each neuron, before compile()
re = np.random.random(800)
ri = np.random.random(200)
Exc.noise = 5.0
Inh.noise = 2.0
Exc.a = 0.02
Inh.a = 0.02 + 0.08 * ri
Exc.b = 0.2
Inh.b = 0.25 - 0.05 * ri
Exc.c = -65.0 + 15.0 * re**2
Inh.c = -65.0
Exc.d = 8.0 - 6.0 * re**2
Inh.d = 2.0
pop.v = -65.0
pop.u = pop.v * pop.b

# Connections
exc = Projection(pre=Exc, post=pop, target="exc")
exc.connect_all_to_all(weights=Uniform(0.0, 0.5))
inh = Projection(pre=Inh, post=pop, target="inh")
inh.connect_all_to_all(weights=Uniform(0.0, 1.0))

compile()

M = Monitor(pop, ["spike", "v"])
simulate(1000.0, measure_time=True)

spikes = M.get("spike")
v = M.get("v")
t, n = M.raster_plot(spikes)
fr = M.histogram(spikes)

import matplotlib.pyplot as plt  # noqa: E402

figure, axes = plt.subplots(3, 1, figsize=(10, 10))
axes[0].plot(t, n, "b.", markersize=1)
axes[0].set(xlabel="time [ms]", ylabel="neuron")
axes[1].plot(v[:, 15])
axes[1].set(xlabel="time [ms]", ylabel="v of neuron 15 [mV]")
axes[2].plot(fr)
axes[2].set(xlabel="time [ms]", ylabel="spikes in 1 ms")
figure.savefig("hello_world.png")
