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
    // A driver's version begins with its branch, of three digits; libcuda.so.1.1 of WSL and Tegra has none.
    static const QRegularExpression versioned(u"/lib(?:cuda|nvidia-ml)\\.so\\.(\\d{3,}\\.\\d+(?:\\.\\d+)?)$"_s);
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

CdiFile readCdiFile(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {path,
                Failure(Error{ErrorKind::Permission,
                              QCoreApplication::translate("Preflight", "%1 can't be read.").arg(path),
                              file.errorString(),
                              {}}),
                QFileInfo(path).fileName().contains("nvidia"_L1)};
    const QByteArray text = file.readAll();
    return {path, parseCdiSpec(text, path), text.contains("nvidia.com/gpu")};
}

QList<CdiFile> readCdiFiles(const QString &root, const QStringList &folders)
{
    QList<CdiFile> files;
    for (const QString &folder : folders) {
        const QDir dir(root + folder);
        for (const QString &name : dir.entryList({u"*.yaml"_s, u"*.json"_s}, QDir::Files, QDir::Name))
            files << readCdiFile(dir.filePath(name));
    }
    return files;
}

} // namespace kernelyard
