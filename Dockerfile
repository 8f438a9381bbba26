# The image of worker, gateway, emulator and command line.
#
#   docker build -t imagepipeline-temporal .
#   docker run --rm imagepipeline-temporal failures
#
# It writes to IMAGEPIPELINE_STORE and the temporary folder only, so the root file system may be read-only. It defines no
# health check, since each command has its own.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Without scripts: ours builds, and the sources are missing here; native packages are prebuilt.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build \
 && npm prune --omit=dev --ignore-scripts \
 # The SDK contains its native part for every platform; the unused ones are about 120 MB.
 && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
      ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
# Set in the image, so any file of variables takes precedence.
ENV IMAGEPIPELINE_STORE=/var/lib/imagepipeline
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/bin ./bin
COPY --from=build /app/dist ./dist
# A new volume takes its owner from the folder in the image.
RUN mkdir /var/lib/imagepipeline && chown node:node /var/lib/imagepipeline
# A number, because Kubernetes cannot check a name for root; it is "node" of the base image.
USER 1000:1000
ENTRYPOINT ["node", "bin/imagepipeline.js"]
CMD ["--help"]
