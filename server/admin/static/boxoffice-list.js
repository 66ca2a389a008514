{
  const { action, rowAction } = document.getElementById("page").dataset;
  initListPage({ actionUrl: action, rowActionUrl: rowAction, searchHighlight: false, searchAutoSubmit: false, rowsTotal: 0 });
}
