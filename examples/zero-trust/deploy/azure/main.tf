# The authority on Azure Functions (Flex Consumption): terraform init && terraform apply, then publish the bundle.
terraform {
  required_version = ">= 1.9"
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.40"
    }
  }
}

provider "azurerm" {
  features {}
}

variable "location" {
  type    = string
  default = "westeurope"
}

# Three to twenty letters and digits: names of storage accounts and vaults are the whole world's.
variable "name" {
  type = string
}

# AUTHORITY_URL, ISSUER, JWKS_URL, CLIENT_ID, DOMAIN, HOSTS, ACCOUNT, GATE_ACCOUNT, GATES.
variable "settings" {
  type = map(string)
}

data "azurerm_client_config" "current" {}

resource "azurerm_resource_group" "authority" {
  name     = "${var.name}-authority"
  location = var.location
}

resource "azurerm_storage_account" "authority" {
  name                            = var.name
  resource_group_name             = azurerm_resource_group.authority.name
  location                        = azurerm_resource_group.authority.location
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  min_tls_version                 = "TLS1_2"
  allow_nested_items_to_be_public = false
}

resource "azurerm_storage_container" "package" {
  name                  = "package"
  storage_account_id    = azurerm_storage_account.authority.id
  container_access_type = "private"
}

resource "azurerm_storage_table" "authority" {
  name                 = "authority"
  storage_account_name = azurerm_storage_account.authority.name
}

resource "azurerm_storage_table_entity" "blocked" {
  storage_table_id = azurerm_storage_table.authority.id
  partition_key    = "data"
  row_key          = "blocked.json"
  entity = {
    value = jsonencode({ version = 1, disabled = [], serials = [] })
  }

  # Made once; who is blocked later is not Terraform's matter.
  lifecycle {
    ignore_changes = [entity]
  }
}

# Its two secrets are put in by hand, so that no key stands in the state: AUTHORITY-KEY and HOST-AUTHORITY-KEY.
resource "azurerm_key_vault" "authority" {
  name                       = "${var.name}-kv"
  resource_group_name        = azurerm_resource_group.authority.name
  location                   = azurerm_resource_group.authority.location
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
}

resource "azurerm_log_analytics_workspace" "authority" {
  name                = "${var.name}-log"
  resource_group_name = azurerm_resource_group.authority.name
  location            = azurerm_resource_group.authority.location
  retention_in_days   = 90
}

resource "azurerm_application_insights" "authority" {
  name                = "${var.name}-insights"
  resource_group_name = azurerm_resource_group.authority.name
  location            = azurerm_resource_group.authority.location
  workspace_id        = azurerm_log_analytics_workspace.authority.id
  application_type    = "Node.JS"
}

resource "azurerm_service_plan" "authority" {
  name                = "${var.name}-plan"
  resource_group_name = azurerm_resource_group.authority.name
  location            = azurerm_resource_group.authority.location
  os_type             = "Linux"
  sku_name            = "FC1"
}

resource "azurerm_function_app_flex_consumption" "authority" {
  name                        = "${var.name}-authority"
  resource_group_name         = azurerm_resource_group.authority.name
  location                    = azurerm_resource_group.authority.location
  service_plan_id             = azurerm_service_plan.authority.id
  storage_container_type      = "blobContainer"
  storage_container_endpoint  = "${azurerm_storage_account.authority.primary_blob_endpoint}${azurerm_storage_container.package.name}"
  storage_authentication_type = "StorageAccountConnectionString"
  storage_access_key          = azurerm_storage_account.authority.primary_access_key
  runtime_name                = "node"
  runtime_version             = "22"
  maximum_instance_count      = 40
  instance_memory_in_mb       = 2048
  https_only                  = true

  identity {
    type = "SystemAssigned"
  }

  site_config {
    application_insights_connection_string = azurerm_application_insights.authority.connection_string
    minimum_tls_version                    = "1.2"
  }

  app_settings = merge(var.settings, {
    AUTHORITY_KEY      = "@Microsoft.KeyVault(VaultName=${azurerm_key_vault.authority.name};SecretName=AUTHORITY-KEY)"
    HOST_AUTHORITY_KEY = "@Microsoft.KeyVault(VaultName=${azurerm_key_vault.authority.name};SecretName=HOST-AUTHORITY-KEY)"
    TABLE_CONNECTION   = azurerm_storage_account.authority.primary_connection_string
    TABLE_NAME         = azurerm_storage_table.authority.name
    TRUSTED_PROXIES    = "127.0.0.1"
    FORWARDED_HEADER   = "x-forwarded-for"
  })
}

resource "azurerm_role_assignment" "secrets" {
  scope                = azurerm_key_vault.authority.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_function_app_flex_consumption.authority.identity[0].principal_id
}

# A probe from several places: it is red when the signer or the store is away.
resource "azurerm_application_insights_standard_web_test" "health" {
  name                    = "health"
  resource_group_name     = azurerm_resource_group.authority.name
  location                = azurerm_resource_group.authority.location
  application_insights_id = azurerm_application_insights.authority.id
  geo_locations           = ["emea-nl-ams-azr", "emea-gb-db3-azr", "us-va-ash-azr"]
  frequency               = 300
  enabled                 = true

  request {
    url = "${var.settings.AUTHORITY_URL}/v1/health"
  }

  validation_rules {
    expected_status_code = 200
  }
}
