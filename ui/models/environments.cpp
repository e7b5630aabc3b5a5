// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/environments.h"

#include "core/base/whendone.h"

#include <QtConcurrent>

namespace kernelyard {

EnvironmentSources EnvironmentSources::real(const Paths &paths)
{
    return {[paths] { return readCatalog(paths); },
            [paths](const Environment &environment, const Engine &engine) {
                return readEnvironmentStatus(environment, engine, paths);
            },
            [paths](const Environment &environment, const ChosenValues &own) {
                return writeOwnChoices(environment, own, paths);
            }};
}

Environments::Environments(EnvironmentSources sources, QObject *parent)
    : QObject(parent)
    , m_sources(std::move(sources))
{}

Environments::~Environments() = default;

const Environment *Environments::find(const QString &name) const
{
    return m_catalog ? m_catalog->find(name) : nullptr;
}

QStringList Environments::withValidation() const
{
    QStringList names;
    if (m_catalog)
        for (const Environment &environment : m_catalog->environments)
            if (environment.validation)
                names << environment.name;
    return names;
}

std::optional<EnvironmentStatus> Environments::status(const QString &name) const
{
    const auto found = m_status.constFind(name);
    return found == m_status.cend() ? std::nullopt : std::optional(*found);
}

void Environments::refreshCatalog()
{
    whenDone(QtConcurrent::run(m_sources.catalog), this, [this](const Catalog &catalog) {
        m_catalog = catalog;
        Q_EMIT catalogChanged();
        if (m_engine)
            refreshStatus(*m_engine);
    });
}

QFuture<Result<void>> Environments::keepChoices(const Environment &environment, const ChosenValues &own)
{
    QFuture<Result<void>> keeping = QtConcurrent::run(m_sources.keepChoices, environment, own);
    whenDone(keeping, this, [this](const Result<void> &kept) {
        if (kept)
            refreshCatalog();
    });
    return keeping;
}

void Environments::refreshStatus(const Engine &engine)
{
    m_engine = engine;
    if (!m_catalog)
        return;
    m_toRead.clear();
    for (const Environment &environment : m_catalog->environments)
        m_toRead.append(environment.name);
    readNext();
}

void Environments::readNext()
{
    if (m_reading || m_toRead.isEmpty() || !m_engine)
        return;
    const Environment *environment = find(m_toRead.takeFirst());
    if (!environment) {
        readNext();
        return;
    }
    m_reading = true;
    whenDone(QtConcurrent::run(m_sources.status, *environment, *m_engine), this,
             [this, name = environment->name](const EnvironmentStatus &status) {
                 m_status.insert(name, status);
                 m_reading = false;
                 Q_EMIT statusChanged(name);
                 readNext();
             });
}

} // namespace kernelyard
