# The simulator as BioSimulators asks for it: docker run IMAGE -i ARCHIVE -o DIR
FROM python:3.12-slim

ARG VERSION=0.1.0

LABEL org.opencontainers.image.title="annarchy_ml" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.description="NeuroML/LEMS, PyNN and equation-based neural models on one native engine" \
    org.opencontainers.image.licenses="Apache-2.0" \
    base_image="python:3.12-slim" \
    version="${VERSION}" \
    software="annarchy_ml" \
    software.version="${VERSION}" \
    about.summary="NeuroML/LEMS, PyNN and equation-based neural models on one native engine" \
    about.license="SPDX:Apache-2.0" \
    about.tags="computational neuroscience,NeuroML,LEMS,SED-ML,COMBINE,OMEX,BioSimulators"

# Kernels are compiled when a model runs.
RUN apt-get update -y \
    && apt-get install -y --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/*

COPY . /source
RUN pip install --no-cache-dir "/source[omex]" && rm -rf /source

ENV MPLBACKEND=PDF
ENTRYPOINT ["annarchy-ml", "omex"]
CMD []
