# shellcheck shell=bash
# Says which releases of Pulumi and its AWS plugin are used. Read by .ci/install-pulumi and pin, in this
# directory. The versions are those in go.mod and in the project's uv.lock.

version=$(sed -n 's/^.*github.com\/pulumi\/pulumi\/pkg\/v3 v\([0-9.]*\).*$/\1/p' go.mod)
release=${PULUMI_RELEASES:-https://github.com/pulumi/pulumi/releases/download}/v$version
checksums=pulumi-$version-checksums.txt
archive=pulumi-v$version-linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/').tar.gz

plugin_version=$(sed -n '/^name = "pulumi-aws"$/{n; s/^version = "\(.*\)"$/\1/p}' ../../uv.lock)
plugin_release=${PULUMI_AWS_RELEASES:-https://github.com/pulumi/pulumi-aws/releases/download}/v$plugin_version
plugin_checksums=pulumi-aws_${plugin_version}_checksums.txt
plugin=pulumi-resource-aws-v$plugin_version-linux-$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/').tar.gz

# fetch URL FILE DIRECTORY
fetch() { curl --fail --silent --show-error --location --retry 2 --connect-timeout 10 --output "$3/$2" "$1/$2"; }
