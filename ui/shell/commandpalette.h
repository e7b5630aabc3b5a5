// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <QDialog>

#include <functional>
#include <optional>

class QLineEdit;
class QTreeView;

namespace kernelyard {

/// Something to go to or to run.
struct PaletteEntry
{
    QString text;
    QString group;  ///< "Page", "Environment", "Build", "Action"
    QString keys;   ///< its shortcut, as shown
    QString reason; ///< why it can't run now; empty: it can
    std::function<void()> run;
};

/// How well \a query fits \a text: every letter of the query in order, better at word starts and in one piece.
/// Absent: it does not fit. An empty query fits everything equally.
std::optional<int> fuzzyScore(QStringView query, QStringView text);

/// The entries that fit the query, best first; those that can't run come after those that can.
class PaletteModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    using QAbstractTableModel::QAbstractTableModel;

    void setEntries(QList<PaletteEntry> entries);
    void setQuery(const QString &query);
    const PaletteEntry *entry(int row) const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;

private:
    QList<PaletteEntry> m_entries;
    QList<int> m_shown;
};

/// Ctrl+K: type, Enter runs, Esc closes.
class CommandPalette : public QDialog
{
    Q_OBJECT

public:
    explicit CommandPalette(QList<PaletteEntry> entries, QWidget *parent = nullptr);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void runCurrent();
    void search(const QString &query);

    PaletteModel m_model;
    QLineEdit *m_field;
    QTreeView *m_list;
};

} // namespace kernelyard
