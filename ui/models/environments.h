// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/environmentstatus.h"
#include "core/environment/catalog.h"
#include "core/environment/ownchoices.h"

#include <QFuture>
#include <QHash>
#include <QObject>

#include <functional>

namespace kernelyard {

/// How environments are read and changed; all block and run on a worker thread. Tests put their own in.
struct EnvironmentSources
{
    std::function<Catalog()> catalog;
    std::function<EnvironmentStatus(const Environment &, const Engine &)> status;
    std::function<Result<void>(const Environment &, const ChosenValues &)> keepChoices = {};

    static EnvironmentSources real(const Paths &paths);
};

/// The environments of this machine and what is known of each. Reads nothing before refresh().
class Environments : public QObject
{
    Q_OBJECT

public:
    explicit Environments(EnvironmentSources sources, QObject *parent = nullptr);
    ~Environments() override;

    const std::optional<Catalog> &catalog() const { return m_catalog; }
    const Environment *find(const QString &name) const;
    QStringList withValidation() const; ///< names, in the catalog's order
    /// Absent until it was read, which needs an engine.
    std::optional<EnvironmentStatus> status(const QString &name) const;

    void refreshCatalog();
    /// Keeps \a own as the user's values of its choices; once they are kept, the catalog is read again.
    QFuture<Result<void>> keepChoices(const Environment &environment, const ChosenValues &own);
    /// Reads the status of every environment again; asked for while it is being read, it reads once more after.
    void refreshStatus(const Engine &engine);

Q_SIGNALS:
    void catalogChanged();
    void statusChanged(const QString &name);

private:
    void readNext();

    EnvironmentSources m_sources;
    std::optional<Catalog> m_catalog;
    QHash<QString, EnvironmentStatus> m_status;
    std::optional<Engine> m_engine;
    QStringList m_toRead;
    bool m_reading = false;
};

} // namespace kernelyard
