// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preflight/cdispec.h"

#include "core/environment/yaml.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

const YamlValue &at(const YamlValue &mapping, QStringView key)
{
    static const YamlValue none;
    for (const auto &[name, value] : mapping.pairs)
        if (name.text == key)
            return value;
    return none;
}

/// What \a edits (containerEdits) gives a container.
void readEdits(const YamlValue &edits, CdiSpec &spec)
{
    static const QRegularExpression versioned(u"/lib(?:cuda|nvidia-ml)\\.so\\.(\\d+\\.\\d+(?:\\.\\d+)?)$"_s);
    for (const YamlValue &node : at(edits, u"deviceNodes").items)
        if (const QString path = at(node, u"path").text; !path.isEmpty() && !spec.deviceNodes.contains(path))
            spec.deviceNodes << path;
    for (const YamlValue &mount : at(edits, u"mounts").items)
        if (const auto match = versioned.match(at(mount, u"hostPath").text); match.hasMatch())
            spec.driver = match.captured(1);
}

} // namespace

Result<CdiSpec> parseCdiSpec(const QByteArray &text, const QString &file)
{
    const Result<YamlValue> root = parseYaml(text, file);
    if (!root)
        return Failure(root.error());
    CdiSpec spec;
    spec.file = file;
    spec.kind = at(*root, u"kind").text;
    readEdits(at(*root, u"containerEdits"), spec);
    for (const YamlValue &device : at(*root, u"devices").items) {
        spec.devices << at(device, u"name").text;
        readEdits(at(device, u"containerEdits"), spec);
    }
    if (spec.kind.isEmpty() || spec.devices.isEmpty())
        return Failure(errorAt(
            file, root->at, QCoreApplication::translate("Preflight", "a CDI specification has a kind and devices.")));
    return spec;
}

QList<Result<CdiSpec>> readCdiSpecs(const QString &root)
{
    QList<Result<CdiSpec>> specs;
    for (const QString &folder : {u"/etc/cdi"_s, u"/var/run/cdi"_s}) {
        const QDir dir(root + folder);
        for (const QString &name : dir.entryList({u"*.yaml"_s, u"*.json"_s}, QDir::Files, QDir::Name)) {
            QFile file(dir.filePath(name));
            if (file.open(QIODevice::ReadOnly))
                specs << parseCdiSpec(file.readAll(), file.fileName());
            else
                specs << Failure(
                    Error{ErrorKind::Permission,
                          QCoreApplication::translate("Preflight", "%1 can't be read.").arg(file.fileName()),
                          file.errorString(),
                          {}});
        }
    }
    return specs;
}

} // namespace kernelyard
